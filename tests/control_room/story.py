"""People and agents for the screen, and a story about them told in events."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC

from mcp_shop_console.authority import Authority
from mcp_shop_console.control_room.app import ControlRoom
from mcp_shop_console.control_room.rows import CallRow
from mcp_shop_console.control_room.state import RoomState
from mcp_shop_console.feed import Feed
from mcp_shop_console.model.audit import AuditEntry, AuditKind, Fact, Outcome
from mcp_shop_console.model.deputies import Agent, Call, Deputy, Human, Rank, Session
from mcp_shop_console.model.events import CallFinished, CallStarted, Event, SessionSeen
from tests.control_room.reading import screen_text

START_MS = 1_790_000_000_000
URL = "http://localhost:7777/mcp"
STAGE_CODE = "482913"
TALK = """# The talk

## Opening
Say: *an agent is a deputy.*

## Deputization
- Type `/mcp` and choose **shop**.
- The audience sees the consent page.
"""


def digest(of: str) -> str:
    return hashlib.sha256(of.encode()).hexdigest()[:32]


ADA = Human(digest("ada"), "Ada Lovelace", "ada@example.com")
GRACE = Human(digest("grace"), "Grace Hopper", "grace@navy.example.org", is_verified=True)
CLAUDE = Agent("client-claude", "Claude Code", "localhost:33418")
INSPECTOR = Agent("client-inspector", "MCP Inspector", "localhost:6274")
CLAUDE_SESSION = Session("s-claude", "claude-code", "2.1.4", "2025-11-25")
INSPECTOR_SESSION = Session("s-inspector", "mcp-inspector", "0.17.0", "2026-07-28")
BOOK = {"tshirtSize": "L", "company": "Engines Ltd", "mailingAddress": "1 Dorset St\nLondon\nW1"}


def deputy_of(human: Human, agent: Agent) -> Deputy:
    words = f"{human.id}-{agent.client_id}"
    return Deputy(
        human,
        agent,
        digest(f"grant-{words}"),
        digest(f"consent-{words}"),
        frozenset({"shop:order"}),
    )


ADAS_CLAUDE = deputy_of(ADA, CLAUDE)
ADAS_INSPECTOR = deputy_of(ADA, INSPECTOR)
GRACES_CLAUDE = deputy_of(GRACE, CLAUDE)


class Story:
    """Makes events in order: the audit's numbers grow by one, the clock by one second."""

    def __init__(self) -> None:
        self.seq = 0
        self.now_ms = START_MS
        self.events: list[Event] = []
        self._calls = 0

    def entry(
        self,
        kind: AuditKind,
        deputy: Deputy | None = None,
        *,
        actor: Rank = Rank.HUMAN,
        human: Human | None = None,
        call: Call | None = None,
        code: str = "",
        facts: Mapping[str, Fact] | None = None,
        private: Mapping[str, str] | None = None,
    ) -> AuditEntry:
        self.seq += 1
        self.now_ms += 1_000
        entry = AuditEntry(
            seq=self.seq,
            at_ms=self.now_ms,
            kind=kind,
            actor=actor,
            outcome=Outcome.REFUSED if code else Outcome.ALLOWED,
            human=deputy.human if deputy else human,
            agent=deputy.agent if deputy else None,
            grant_id=deputy.grant_id if deputy else "",
            consent_id=deputy.consent_id if deputy else "",
            call=call,
            code=code,
            facts=facts or {},
            private=private or {},
            hash=hashlib.sha256(f"entry {self.seq}".encode()).hexdigest(),
        )
        self.events.append(entry)
        return entry

    def arrival(self, deputy: Deputy, session: Session) -> None:
        """A human signs in, deputizes an agent, and the agent connects."""
        self.entry(AuditKind.HUMAN_SIGNED_IN, human=deputy.human)
        self.entry(AuditKind.CONSENT_APPROVED, deputy)
        self.events.append(SessionSeen(deputy, session, self.now_ms))

    def start(
        self,
        deputy: Deputy,
        session: Session,
        tool: str,
        arguments: Mapping[str, str] | None = None,
    ) -> Call:
        self._calls += 1
        self.now_ms += 1_000
        call = Call(f"call-{self._calls}", tool, session, self.now_ms)
        self.events.append(CallStarted(deputy, call, arguments or {}))
        return call

    def finish(self, call: Call, *, code: str = "", duration_ms: int = 7) -> None:
        self.events.append(CallFinished(call.id, duration_ms, bool(code), code))

    def browse(self, deputy: Deputy, session: Session) -> None:
        call = self.start(deputy, session, "listMcpShopInventory")
        self.entry(AuditKind.CALL_ANSWERED, deputy, actor=Rank.AGENT, call=call)
        self.finish(call, duration_ms=3)

    def buy(self, deputy: Deputy, session: Session, number: int) -> None:
        call = self.start(deputy, session, "buyMcpShopItem", BOOK)
        self.entry(
            AuditKind.ORDER_PLACED,
            deputy,
            actor=Rank.AGENT,
            call=call,
            facts={"number": number, "size": "L"},
            private={"company": BOOK["company"], "mailing_address": BOOK["mailingAddress"]},
        )
        self.finish(call, duration_ms=12)

    def refuse(self, deputy: Deputy, session: Session, code: str = "banned") -> None:
        call = self.start(deputy, session, "buyMcpShopItem", BOOK)
        self.entry(AuditKind.CALL_REFUSED, deputy, actor=Rank.AGENT, call=call, code=code)
        self.finish(call, code=code, duration_ms=2)

    def ban(self, human: Human) -> None:
        self.entry(AuditKind.HUMAN_BANNED, human=human, actor=Rank.PRESENTER)

    def pardon(self, human: Human) -> None:
        self.entry(AuditKind.HUMAN_PARDONED, human=human, actor=Rank.PRESENTER)

    def plead(self, deputy: Deputy, session: Session) -> Call:
        call = self.start(deputy, session, "prettyPlease")
        self.entry(AuditKind.PLEA_OPENED, deputy, actor=Rank.AGENT, call=call)
        return call


def busy_story() -> Story:
    """Two humans with three agents, who browse and buy."""
    story = Story()
    story.arrival(ADAS_CLAUDE, CLAUDE_SESSION)
    story.arrival(ADAS_INSPECTOR, INSPECTOR_SESSION)
    story.arrival(GRACES_CLAUDE, Session("s-grace", "claude-code", "2.1.4", "2025-11-25"))
    story.browse(ADAS_CLAUDE, CLAUDE_SESSION)
    story.buy(ADAS_CLAUDE, CLAUDE_SESSION, 1)
    story.browse(ADAS_INSPECTOR, INSPECTOR_SESSION)
    story.buy(GRACES_CLAUDE, Session("s-grace", "claude-code", "2.1.4", "2025-11-25"), 2)
    story.refuse(ADAS_INSPECTOR, INSPECTOR_SESSION, "invalid_request")
    return story


def told(story: Story) -> RoomState:
    state = RoomState()
    for event in story.events:
        state.apply(event)
    return state


def newest_call(state: RoomState) -> CallRow:
    row = state.calls.get(state.calls.end - 1)
    assert row is not None
    return row


class NoAuthority(Authority):
    """For screens on which no key decides anything: there is nothing behind it."""

    def __init__(self) -> None: ...


class Hall:
    """A control room and the feed it follows, with a clock that stands still."""

    def __init__(
        self,
        story: Story,
        on_quit: Callable[[], None] | None = None,
        *,
        url: str = URL,
        tunnels: Sequence[str] = (),
        talk: str = TALK,
    ) -> None:
        self.story = story
        self.feed = Feed()
        self.app = ControlRoom(
            NoAuthority(),
            self.feed,
            now_ms=lambda: self.story.now_ms,
            url=url,
            stage_code=STAGE_CODE,
            tunnels=tunnels,
            talk=talk,
            zone=UTC,
            on_quit=on_quit,
        )

    def retell(self, story: Story) -> None:
        """Go on with another story, whose audit follows on the one told so far."""
        last = self.app.state.head_seq
        story.events = [
            replace(event, seq=last + event.seq) if isinstance(event, AuditEntry) else event
            for event in story.events
        ]
        self.story = story

    def text(self) -> str:
        """Everything on the screen, as a reader sees it."""
        return screen_text(self.app)

    async def tell(self) -> None:
        """Bring the screen up to the end of the story."""
        self.feed.publish(self.story.events)
        self.story.events.clear()
        await self.app.show_news()
        self.app.draw_now()
