"""demo_script.md as data: the acts of the talk, and what is done and seen in each."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "demo_script.md"

_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_ACT = re.compile(r"Act \d+: (.+) \((\d+) minutes?\)")
_STEP = re.compile(r"^- \*\*(\w+)\*\* (.+(?:\n  .+)*)$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
_TYPE = re.compile(
    r"`(?P<text>[^`]+)` \(tool: `(?P<tool>\w+)`(?P<arguments>(?:, \w+: `[^`]+`)*)\)"
    r"(?P<inspector> in Inspector)?"
)
_ARGUMENT = re.compile(r", (\w+): `([^`]+)`")


@dataclass(frozen=True, slots=True)
class Type:
    """The presenter asks an agent, which calls a tool."""

    text: str
    tool: str
    arguments: dict[str, str]
    agent: str
    """``Claude`` or ``Inspector``: two agents of one human."""


@dataclass(frozen=True, slots=True)
class Press:
    """A key in the control room."""

    key: str


@dataclass(frozen=True, slots=True)
class Click:
    """A button in the browser."""

    button: str


@dataclass(frozen=True, slots=True)
class Run:
    """A command in a second terminal."""

    command: str


@dataclass(frozen=True, slots=True)
class Select:
    """A row of the control room, in words."""

    what: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A text that stands in the answer to the last call."""

    text: str


@dataclass(frozen=True, slots=True)
class OnScreen:
    """A word that the control room shows large."""

    word: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What else the audience sees, in words."""

    what: str


Step = Type | Press | Click | Run | Select | Answer | OnScreen | Shown


@dataclass(frozen=True, slots=True)
class Section:
    """One page of the script: an act, or what comes before and after the talk."""

    title: str
    minutes: int
    """0 if it is no act."""
    text: str
    steps: tuple[Step, ...]


def read_talk(script: str) -> tuple[Section, ...]:
    """The sections of the script in order.

    Raises:
        ValueError: A step does not have its form.
    """
    parts = _SECTION.split(script)[1:]
    return tuple(
        _section(heading, text) for heading, text in zip(parts[::2], parts[1::2], strict=True)
    )


def acts() -> tuple[Section, ...]:
    """The acts of demo_script.md."""
    talk = read_talk(SCRIPT.read_text(encoding="utf-8"))
    return tuple(section for section in talk if section.minutes)


def _section(heading: str, text: str) -> Section:
    act = _ACT.fullmatch(heading)
    title, minutes = (act[1], int(act[2])) if act else (heading, 0)
    return Section(title, minutes, text, tuple(_steps(text)))


def _steps(text: str) -> Iterator[Step]:
    for found in _STEP.finditer(text):
        yield _step(found[1], " ".join(found[2].split()))


def _step(label: str, words: str) -> Step:
    code = _CODE.search(words)
    match label, code:
        case "Type", _:
            return _typed(words)
        case "Press", re.Match():
            return Press(code[1])
        case "Click", re.Match():
            return Click(code[1])
        case "Run", re.Match():
            return Run(code[1])
        case "Select", _:
            return Select(words)
        case "See", _:
            return _seen(words)
        case _:
            raise ValueError(f"{label} {words!r} has no form of a step")


def _typed(words: str) -> Type:
    found = _TYPE.fullmatch(words)
    if found is None:
        raise ValueError(f"Type {words!r} does not say what, and by which tool")
    arguments = dict(_ARGUMENT.findall(found["arguments"]))
    agent = "Inspector" if found["inspector"] else "Claude"
    return Type(found["text"], found["tool"], arguments, agent)


def _seen(words: str) -> Answer | OnScreen | Shown:
    quoted = re.fullmatch(r"(on the screen )?`([^`]+)`", words)
    if quoted is None:
        return Shown(words)
    return OnScreen(quoted[2]) if quoted[1] else Answer(quoted[2])
