import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_shop_console.model.strict_json import MAX_DEPTH, NotStrictJson, read_json
from tests.requirement import requirement

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=20,
)


@requirement("N6")
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{} {}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b"// none\n{}",
        b'{"a": 1, "a": 1}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"x": [{"a": 1, "b": 2, "a": 3}]}',
        b"NaN",
        b'{"a": Infinity}',
        b"[-Infinity]",
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-32"),
        b'{"a": "\xff"}',
        b'{"a": "\xed\xa0\x80"}',
        b'{"a": "\xc0\xaf"}',
        b'{"a": "line\nfeed"}',
        b'{"a": "\x00"}',
        b"1" * 21,
        b"1" * 100_000,
        b"1e999",
        b"-1e999",
        b"[" * 65 + b"]" * 65,
        b'{"a":' * 65 + b"1" + b"}" * 65,
        b"[" * 250_000,
        b'"' + b"[" * 70,
        b"[" * 70 + b'"\\' * 100_000,
        b'[{"a":' * 33 + b"1" + b"}]" * 33,
        b"\xc2\xa0{}",
        b"01",
        b"+1",
        b".5",
        b"0x1",
    ],
)
def test_what_readers_could_take_differently_is_no_json(body: bytes) -> None:
    with pytest.raises(NotStrictJson) as refused:
        read_json(body)

    assert "\\" not in str(refused.value)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (
            b' {"a": [1, -2.5e3, "\\ud83d\\udc4b", null, true]} \n',
            {"a": [1, -2500.0, "👋", None, True]},
        ),
        (b"9" * 20, 99999999999999999999),
        (b'["' + b"[" * 1000 + b'"]', ["[" * 1000]),
        (b'["\\"' + b"[" * 1000 + b'\\\\"]', ['"' + "[" * 1000 + "\\"]),
        (b"[" + b"[1]," * 1000 + b"{}]", [*([[1]] * 1000), dict[str, int]()]),
        (b'[{"a": 1}, {"a": 2}]', [{"a": 1}, {"a": 2}]),
    ],
)
def test_what_is_json_is_read(body: bytes, value: object) -> None:
    assert read_json(body) == value


@requirement("N6")
def test_the_deepest_that_is_read_is_64() -> None:
    read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    read_json(b'{"a":' * MAX_DEPTH + b'"[[[["' + b"}" * MAX_DEPTH)


@given(VALUES)
def test_every_value_makes_its_round_trip(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value


@given(st.binary())
def test_no_bytes_raise_anything_else(body: bytes) -> None:
    with suppress(NotStrictJson):
        read_json(body)
