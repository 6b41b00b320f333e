"""JSON as RFC 8259 has it, and nothing on which two readers could differ.

May import the standard library only.
"""

import json
import re
from math import isinf
from typing import NoReturn

MAX_DEPTH = 64
_MOST_DIGITS = 20
# One that is not finished reaches to the end: else each quote in it would begin another search.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)', re.DOTALL)
_ALIKE = bytes.maketrans(b"{}", b"[]")
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class NotStrictJson(ValueError):
    """The text is no JSON, or more of it than anybody needs. Nothing of it is in the message."""


def read_json(body: bytes) -> object:
    """The value in ``body``.

    Raises:
        NotStrictJson: It is not UTF-8 or begins with a BOM (RFC 8259 section 8.1), has a name
            twice (section 4), NaN, Infinity or a number out of range (section 6), or is nested
            more than 64 deep (section 9).
    """
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _is_too_deep(body):
        raise NotStrictJson("nested too deep")
    try:
        value: object = _DECODER.decode(body.decode("utf-8"))
    except NotStrictJson:
        raise
    except ValueError:
        # Python's message tells where; of no use without the text.
        raise NotStrictJson("not JSON in UTF-8") from None
    return value


def _is_too_deep(body: bytes) -> bool:
    """Peel off layer after layer, which beats a walk. What is not balanced is no JSON anyway."""
    brackets = _STRING.sub(b"", body).translate(_ALIKE, _NO_BRACKETS)
    for _ in range(MAX_DEPTH):
        left = brackets.replace(b"[]", b"")
        if len(left) == len(brackets):
            break
        brackets = left
    return bool(brackets)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    read = dict(pairs)
    if len(read) != len(pairs):
        raise NotStrictJson("a name twice")
    return read


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise NotStrictJson("a number out of range")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if isinf(number):
        raise NotStrictJson("a number out of range")
    return number


def _constant(_: str) -> NoReturn:
    raise NotStrictJson("NaN or Infinity")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_int=_integer, parse_float=_fraction, parse_constant=_constant
)
