"""What outsiders may send as any text, and stories made of it."""

from dataclasses import replace

from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.deputies import Agent, Deputy, Human, Rank, Session
from mcp_shop_console.model.events import ServerChanged, SessionSeen, StoreChanged
from tests.control_room.story import Story, digest

HOSTILE_TEXTS = (
    "[/]",
    "[@click=app.quit]click[/]",
    "[link=https://evil.example]x[/link]",
    "[bold red]x",
    "[",
    "\\[/]",
    "$primary {x} %s",
    "\x1b]0;title\x07",
    "\x1b]8;;https://evil.example\x1b\\link\x1b]8;;\x1b\\",
    "\x1b]52;c;aGVsbG8=\x07",
    "\x1b[2J\x1b[H\x1b[31m",
    "\x1bP1$r0m\x1b\\",
    "\x9b31m\x9d52;c;eA==\x9c",
    "a\x00b\x07\x08\x0b\x0c\x0e\x7f",
    "one\r\ntwo\ttab\x85next",
    "\u202egnp.exe\u2066\u2069",
    "zero\u200b\u200d\u2060width",
    "line\u2028para\u2029",
    "private\ue000\U000f0000",
    "tag\U000e0041\U000e007f",
    "lone\ud800surrogate",
    "\u115f\u1160\u3164\uffa0\u2800",
    "z" + "\u0301" * 50,
    "\u0301leading mark",
    "漢字" * 50,
    "👩‍👩‍👧‍👦👍🏽🇩🇪❤️",
    "한국",
    "x" * 1_000_000,
    "\x1b" * 1_000,
    "[/]" * 500,
    "",
    " ",
)


def hostile_story(text: str) -> Story:
    """Everybody who can send a text sends this one, and everything happens to them."""
    human = Human(digest(f"human {text[:99]!r}"), text, text)
    agent = Agent(text, text, text)
    deputy = Deputy(human, agent, digest("grant"), text, frozenset({text}))
    session = Session("s-hostile", text, text, text)
    story = Story()
    story.arrival(deputy, session)
    _shop(story, deputy, session, text)
    story.entry(AuditKind.CONSENT_DENIED, deputy)
    story.entry(AuditKind.CONSENT_REFUSED, deputy, code="banned")
    story.entry(AuditKind.GRANT_BANNED, deputy, actor=Rank.AGENT)
    story.entry(AuditKind.GRANT_REVOKED, deputy, actor=Rank.HUMAN)
    story.entry(AuditKind.CODE_REPLAYED, deputy, actor=Rank.SYSTEM)
    story.ban(human)
    story.plead(deputy, session)
    story.events.append(SessionSeen(replace(deputy, grant_id="other"), session, story.now_ms))
    story.events.append(ServerChanged(False, text, story.now_ms))
    story.events.append(StoreChanged(False, text, story.now_ms))
    return story


def _shop(story: Story, deputy: Deputy, session: Session, text: str) -> None:
    call = story.start(deputy, session, text, {text[:40] or "x": text, "company": text})
    story.entry(
        AuditKind.ORDER_PLACED,
        deputy,
        call=call,
        facts={"number": 1, "size": text},
        private={"company": text, "mailing_address": text},
    )
    story.finish(call)
    story.refuse(deputy, session, text or "banned")
    story.start(deputy, session, text, {"mailingAddress": text})
