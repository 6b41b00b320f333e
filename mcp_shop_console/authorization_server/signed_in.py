"""A human is signed in: at this browser, under a new cookie, for the request that waits.

May import starlette, model and store.
"""

from dataclasses import dataclass, field

from starlette.responses import Response

from mcp_shop_console.authorization_server.browser_cookie import set_cookie
from mcp_shop_console.authorization_server.credentials import hash_of, new_secret
from mcp_shop_console.authorization_server.pages import redirect
from mcp_shop_console.authorization_server.pending import Pending
from mcp_shop_console.model.audit import AuditKind, Fact
from mcp_shop_console.model.deputies import Human, Rank
from mcp_shop_console.store.transaction import Transaction


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What the browser is told of it."""

    request_id: str
    new_cookie: str = field(repr=False)

    def response(self, origin: str) -> Response:
        """On to the consent page."""
        response = redirect(f"/consent?request={self.request_id}")
        set_cookie(response, origin, self.new_cookie)
        return response


def sign_in(tx: Transaction, waiting: Pending, human: Human, facts: dict[str, Fact]) -> SignedIn:
    """Sign ``human`` in, whoever they were before here."""
    new_cookie = new_secret()
    tx.humans.save(human, tx.now_ms)
    tx.browsers.sign_in(waiting.browser.id, human.id)
    # A new value, so that one planted or stolen before is worth nothing now.
    tx.browsers.renew(waiting.browser.id, hash_of(new_cookie))
    tx.audit.append(
        AuditKind.HUMAN_SIGNED_IN,
        actor=Rank.HUMAN,
        human=human,
        agent=waiting.agent,
        facts=facts,
    )
    return SignedIn(waiting.request.id, new_cookie)
