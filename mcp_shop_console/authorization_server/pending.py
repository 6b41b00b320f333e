"""An authorization request that waits for its human, in the browser that brought it.

May import model and store.
"""

from dataclasses import dataclass, field

from mcp_shop_console.authorization_server.credentials import hash_of, is_same, proof_of
from mcp_shop_console.authorization_server.errors import PageError
from mcp_shop_console.authorization_server.known_clients import known_client, unregistered
from mcp_shop_console.authorization_server.policy import Policy
from mcp_shop_console.authorization_server.redirect_uris import host_of
from mcp_shop_console.model.deputies import Agent, Human
from mcp_shop_console.store.authorizations import AuthorizationRequest
from mcp_shop_console.store.browsers import Browser
from mcp_shop_console.store.clients import Client
from mcp_shop_console.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class Pending:
    """A request, who sent it, and who may answer it."""

    request: AuthorizationRequest
    client: Client
    browser: Browser
    human: Human | None
    """Who is signed in, in this browser."""
    cookie: str = field(repr=False)

    @property
    def agent(self) -> Agent:
        """The client as an agent: by its claim, and by where this request's answer goes."""
        return Agent(self.client.id, self.client.name, host_of(self.request.redirect_uri))

    def proof(self, *shown: str) -> str:
        """What a form must bring back: only this browser's pages for this request have it."""
        return proof_of(self.cookie, self.request.id, *shown)

    def check(self, proof: str, *shown: str) -> None:
        """Refuse a form that is not of a page made for this browser, request and ``shown``.

        Raises:
            PageError: It was forged, or the page is older than the browser's last sign-in.
        """
        if not is_same(proof, self.proof(*shown)):
            raise PageError(
                "Nothing was decided",
                "That form is not from this browser's newest page. Open the page again.",
                status=403,
                link=(f"/consent?request={self.request.id}", "Open the page again"),
            )


def pending(tx: Transaction, request_id: str, cookie: str, policy: Policy) -> Pending:
    """The request with this id, if it still waits and this browser brought it.

    Raises:
        PageError: It is unknown, expired, answered, or another browser's; or its client is gone.
    """
    request = tx.authorizations.request(request_id)
    if request is None or tx.now_ms - request.made_at_ms > policy.consent_seconds * 1000:
        raise PageError("This request has expired", "Start again from your agent.")
    if request.answered_at_ms is not None:
        raise PageError(
            "This was already answered",
            "Only the first answer counts. If your agent did not get it, or to change it, go back"
            " to your agent and connect again.",
        )
    browser = tx.browsers.by_secret(hash_of(cookie)) if cookie else None
    if browser is None or browser.id != request.browser_id:
        raise _out_of_place(request)
    client = known_client(tx, request.client_id, policy)
    if client is None:
        raise unregistered()
    return Pending(request, client, browser, _signed_in(tx, browser, policy), cookie)


def _out_of_place(request: AuthorizationRequest) -> PageError:
    """After a double click, or an answer that got lost, a browser looks like another one."""
    return PageError(
        "This page cannot be used here",
        "It was already answered in this browser, or it belongs to another one. If another tab, or"
        " this one in a moment, shows the next page, go on there. Else go back to your agent and"
        " connect again, in a browser that takes this site's cookies.",
        status=403,
        link=(f"/consent?request={request.id}", "Look again"),
    )


def _signed_in(tx: Transaction, browser: Browser, policy: Policy) -> Human | None:
    """Who is signed in at ``browser``; with a provider, nobody whom it does not vouch for."""
    if browser.human_id is None:
        return None
    if policy.provider and tx.humans.issuer_of(browser.human_id) != policy.provider.issuer:
        return None
    return tx.humans.get(browser.human_id)
