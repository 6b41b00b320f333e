"""The laws that the tests prove: what outsiders try, and what fails by itself.

A test of a law carries its id, `@requirement("A7")`. The letters: A authorization, C consent, D
registration of agents, T tokens, N transport, U text that reaches people, O authority and orders.
"""

from typing import Final

import pytest

DUE: Final = {
    "A1": "a missing or malformed code challenge is refused",
    "A2": "PKCE is S256 or nothing",
    "A3": "an unknown challenge method is refused, and every code has a challenge",
    "A4": "a wrong verifier is refused, and the third kills the code",
    "A5": "a code used again ends the grant",
    "A6": "another client's attempt at a code changes nothing",
    "A7": "of parallel redemptions exactly one succeeds",
    "A8": "a code lives 60 seconds, across a restart, as a hash",
    "A9": "an unknown client or redirect URI is answered here, never redirected",
    "A10": "a code stays whole when its redirect URI is wrong",
    "A18": "the issuer is one of our names, never what a Host header says",
    "C2": "no page can be framed",
    "C4": "each client gets its own consent and its own grant",
    "C5": "what was shown is what is granted",
    "C6": "nothing that a client sent becomes HTML",
    "C8": "deny is an answer of its own",
    "C9": "a banned human cannot consent",
    "C10": "a consent is answered once",
    "D3": "control characters in a client's name reach no screen",
    "T12": "a copied database holds no usable secret",
    "N7": "a bad argument is named, refused and never echoed",
    "N13": "another human's order looks like none",
    "N14": "a buyer who hangs up gets the whole order or none",
    "U1": "markup is shown, never obeyed",
    "U2": "escape sequences and controls are shown as pictures",
    "U3": "invisible and direction-changing characters are shown as code points",
    "U4": "long and wide lines are cut to their cells",
    "U6": "private data on the projector is masked",
    "U7": "secrets appear in their answer and nowhere else",
    "U8": "an agent reads its own human's rows, and no tool reaches the presenter's controls",
    "U9": "keys act on ids, however alike the names",
    "U10": "the screen outlives the server, and the terminal outlives both",
    "O1": "no order commits after a ban",
    "O2": "a call that a ban overtakes is refused",
    "O3": "a ban hits all of its target and nobody else",
    "O4": "a ban outlives reconnecting, registering and signing in again",
    "O5": "an agent cannot lift what a higher rank set",
    "O6": "the demo tools act at the rank of an agent",
    "O8": "a repeated buy is one order",
    "O9": "a repeat after a ban is never a new order",
    "O11": "what was acknowledged survives a crash",
    "O12": "a store that fails means no, until it works again",
    "O14": "a taken port or database is one sentence before any screen",
    "O15": "the audit is a chain that refuses change",
    "O16": "what cannot be recorded does not happen",
    "O17": "no value is ever part of a statement",
    "O18": "a reset asks, and keeps orders, grants and audit",
    "O21": "a slip of the ban key is undone by one key, as a new entry",
}
"""What must be proven now, as one sentence each."""

LATER: Final = frozenset(
    f"{letter}{number}"
    for letter, numbers in {
        "A": (11, 12, 13, 14, 15, 16, 17, 19),
        "C": (1, 3, 7, 11),
        "D": (1, 2, 4, 5, 6, 7),
        "T": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14),
        "N": (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12),
        "U": (5,),
        "O": (7, 10, 13, 19, 20),
    }.items()
    for number in numbers
)
"""What is due in a later release; a test may prove it already."""


def requirement(*ids: str) -> pytest.MarkDecorator:
    return pytest.mark.requirement(*ids)
