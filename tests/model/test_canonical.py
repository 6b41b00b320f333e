"""The one form of a value in bytes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from mcp_shop_console.model.canonical import canonical_json
from mcp_shop_console.model.deputies import Rank

_texts = st.text(st.characters(exclude_categories=["Cs"]))
_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | _texts,
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abcXYZ_"), inner),
)


def test_the_form_is_that_of_rfc_8785() -> None:
    value = {"b": [1, True, None], "a": 'ü€"\\\n\x0f\u2028'}

    assert canonical_json(value) == '{"a":"ü€\\"\\\\\\n\\u000f\u2028","b":[1,true,null]}'


@given(value=_values)
def test_equal_values_have_one_form_which_reads_back(value: object) -> None:
    form = canonical_json(value)

    assert json.loads(form) == value
    assert canonical_json(json.loads(form)) == form


def test_a_rank_is_stored_as_its_word() -> None:
    assert [rank.word for rank in Rank] == ["agent", "human", "presenter", "system"]
