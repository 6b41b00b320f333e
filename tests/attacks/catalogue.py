"""Every attack, in the order of the rows."""

from importlib import import_module
from typing import Final

from tests.attacks.attack import ATTACKS, Attack

_MODULES = ("authorization", "consent", "clients", "tokens", "transport", "calls")


def _registered() -> tuple[Attack, ...]:
    for module in _MODULES:
        import_module(f"tests.attacks.{module}")
    return tuple(sorted(ATTACKS, key=lambda each: each.order))


CATALOGUE: Final = _registered()
