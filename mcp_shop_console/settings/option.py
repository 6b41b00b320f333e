"""One setting as people write it, and where its text is found.

May import the standard library only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

_MOST_SHOWN = 100
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class SettingRefused(Exception):
    """A flag or variable that cannot be used. The message is one sentence for its author."""


@dataclass(frozen=True, slots=True)
class Option(Generic[T_co]):
    """One setting as people write it."""

    name: str
    help: str
    default: str
    read: Callable[[str], T_co]
    """Turns the text into a value, or raises ValueError saying what to give instead."""
    metavar: str = ""
    """What the help calls the value; empty for a switch."""

    @property
    def flag(self) -> str:
        return "--" + self.name

    @property
    def variable(self) -> str:
        return "MCP_SHOP_" + self.name.upper().replace("-", "_")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where settings come from: flags before variables before defaults."""

    flags: Mapping[str, object]
    environment: Mapping[str, str]

    def value(self, option: Option[T]) -> T:
        text, place = self._find(option)
        try:
            return option.read(text)
        except ValueError as error:
            shown = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"
            raise SettingRefused(f"{place} cannot be {shown!r}: {error}.") from None

    def variable(self, name: str) -> str:
        """The value of a variable without a flag; empty if it is not set."""
        return self.environment.get(name, "")

    def _find(self, option: Option[T]) -> tuple[str, str]:
        flag = self.flags.get(option.name)
        if isinstance(flag, str):
            return flag, option.flag
        if option.variable in self.environment:
            return self.environment[option.variable], f"The variable {option.variable}"
        return option.default, option.flag
