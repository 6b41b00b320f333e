"""Cuts outside text of events before it is kept: the room's memory is no outsider's choice.

May import model.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import islice

from mcp_shop_console.model.audit import AuditEntry, Fact
from mcp_shop_console.model.deputies import Agent, Call, Human, Session

MOST_CHARACTERS = 300
_MOST_ARGUMENTS = 12
_MOST_FACT_CHARACTERS = 2_000


def clipped(text: str, most: int = MOST_CHARACTERS) -> str:
    return text if len(text) <= most else f"{text[:most]}…+{len(text) - most}"


def clipped_human(human: Human) -> Human:
    if len(human.name) <= MOST_CHARACTERS and len(human.email) <= MOST_CHARACTERS:
        return human
    return replace(human, name=clipped(human.name), email=clipped(human.email))


def clipped_agent(agent: Agent) -> Agent:
    if len(agent.name) <= MOST_CHARACTERS and len(agent.redirect_host) <= MOST_CHARACTERS:
        return agent
    return replace(agent, name=clipped(agent.name), redirect_host=clipped(agent.redirect_host))


def clipped_session(session: Session) -> Session:
    words = (session.agent_name, session.agent_version, session.protocol_version)
    if all(len(word) <= MOST_CHARACTERS for word in words):
        return session
    name, version, protocol = map(clipped, words)
    return replace(session, agent_name=name, agent_version=version, protocol_version=protocol)


def clipped_call(call: Call) -> Call:
    session = clipped_session(call.session)
    if session is call.session and len(call.tool) <= MOST_CHARACTERS:
        return call
    return replace(call, tool=clipped(call.tool), session=session)


def clipped_texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {
        clipped(name): clipped(value, _MOST_FACT_CHARACTERS)
        for name, value in islice(texts.items(), _MOST_ARGUMENTS)
    }


def clipped_entry(entry: AuditEntry) -> AuditEntry:
    return replace(
        entry,
        human=entry.human and clipped_human(entry.human),
        agent=entry.agent and clipped_agent(entry.agent),
        call=entry.call and clipped_call(entry.call),
        facts={name: _clipped_fact(fact) for name, fact in entry.facts.items()},
        private=clipped_texts(entry.private),
    )


def _clipped_fact(fact: Fact) -> Fact:
    return clipped(fact, _MOST_FACT_CHARACTERS) if isinstance(fact, str) else fact
