"""What a human agrees to, in plain words: shown on the consent page, and stored as it was shown.

May import model.
"""

from dataclasses import dataclass

from mcp_shop_console.authorization_server.client_documents.urls import vouching_host
from mcp_shop_console.authorization_server.pending import Pending
from mcp_shop_console.authorization_server.policy import DAY_SECONDS, HOUR_SECONDS, Policy
from mcp_shop_console.authorization_server.redirect_uris import is_app, is_loopback
from mcp_shop_console.authorization_server.scopes import RIGHTS
from mcp_shop_console.authorization_server.shown_text import mixes_alphabets, shown
from mcp_shop_console.model.deputies import Human

HEADLINE = "Make this agent your deputy?"
MEANING = (
    "What it does here counts as done by you. Every step is recorded, with your name and this page."
)
UNVERIFIED = "nobody has checked this e-mail"
WITHDRAWAL = (
    "At any moment. The presenter stops or ends it with one key, and the agent's very next step is"
    " refused. The agent can also sign itself out."
)


@dataclass(frozen=True, slots=True)
class Statement:
    """Who deputizes which agent, for what, until when, and how it is taken back."""

    human_name: str
    email: str
    verification: str
    """Empty for a verified human."""
    host: str
    """Where access goes: the fact."""
    destination: str
    """What that place is, as a sentence."""
    claim: str
    """What the agent calls itself, in quotes: the claim."""
    warning: str
    """Empty if the name gives no cause for one."""
    rights: tuple[str, ...]
    duration: str

    @property
    def text(self) -> str:
        """Everything the page says, in its order, one thing a line."""
        lines = (
            HEADLINE,
            MEANING,
            self.human_name,
            self.email,
            self.verification,
            self.host,
            self.destination,
            self.claim,
            self.warning,
            *self.rights,
            self.duration,
            WITHDRAWAL,
        )
        return "\n".join(line for line in lines if line)


def statement_of(pending: Pending, human: Human, policy: Policy) -> Statement:
    """What ``human`` would agree to by approving this request."""
    request, agent = pending.request, pending.agent
    asked = [words for scope, words in RIGHTS.items() if scope in request.scopes]
    return Statement(
        human_name=shown(human.name),
        email=shown(human.email),
        verification="" if human.is_verified else UNVERIFIED,
        host=agent.redirect_host,
        destination=_destination(request.redirect_uri, agent.redirect_host),
        claim=_claim(agent.name, vouching_host(agent.client_id, request.redirect_uri)),
        warning=_warning(agent.name),
        rights=tuple(asked) or ("nothing but stay connected",),
        duration=_duration("refresh_token" in pending.client.grant_types, policy),
    )


def _destination(redirect_uri: str, host: str) -> str:
    if is_loopback(redirect_uri):
        return "Access goes to a program on this computer."
    if is_app(redirect_uri):
        return f"Access goes to whichever program on this device opens {host} links."
    return f"Access goes to {host}."


def _claim(name: str, vouching: str) -> str:
    if not name:
        return "It gave no name."
    if vouching:
        return f"It calls itself “{shown(name)}”. Verified: {vouching} says so."
    return f"It calls itself “{shown(name)}”. Anyone can claim this name."


def _warning(name: str) -> str:
    if mixes_alphabets(name) or shown(name) != name:
        return "Careful: this name is written to look like another one."
    return ""


def _duration(is_renewable: bool, policy: Policy) -> str:
    life = _in_words(policy.access_token_seconds)
    if not is_renewable:
        return f"{life}. Then it must ask you again."
    whole = _in_words(policy.refresh_token_seconds)
    return f"{life} at a time, renewed by itself for at most {whole}. Then it must ask you again."


def _in_words(seconds: int) -> str:
    for unit_seconds, unit in ((DAY_SECONDS, "day"), (HOUR_SECONDS, "hour"), (60, "minute")):
        if seconds >= unit_seconds and seconds % unit_seconds == 0:
            count = seconds // unit_seconds
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds} seconds"
