"""The rows that do not hold yet, in one place: each entry is deleted when its row holds."""

from typing import Final

NOT_YET: Final[dict[str, str]] = {}
"""Why, by the name of the attack. An attack that holds although it is named here fails the test."""
