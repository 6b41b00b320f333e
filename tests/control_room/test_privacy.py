import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_shop_console.control_room.privacy import Veil
from tests.requirement import requirement


@requirement("U6")
@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("jane@example.com", "j•••@ex•••.com"),
        ("a@b", "a•••@b•••"),
        ("x@mail.example.co.uk", "x•••@ma•••.uk"),
        ("", ""),
        ("nobody", "n•••@•••"),
    ],
)
def test_an_email_is_masked(email: str, shown: str) -> None:
    assert Veil().email(email) == shown


@requirement("U6")
def test_an_address_is_told_by_its_measure_only() -> None:
    assert Veil().address("1 Dorset St\nLondon\nW1") == "3 lines, 21 chars"
    assert Veil().argument("mailingAddress", "here") == "1 line, 4 chars"
    assert Veil().argument("mailing_address", "here") == "1 line, 4 chars"


@requirement("U6")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("from 203.0.113.9", "from •.•.•.•"),
        ("203.0.113.9:8443", "•.•.•.•:8443"),
        ("2001:db8::1", "•.•.•.•"),
        ("mail ada@example.com now", "mail a•••@ex•••.com now"),
        ("ada@exa\u200bmple.com", "a•••@ex•••.com"),
        ("localhost:33418", "localhost:33418"),
        ("127.0.0.1:33418", "127.0.0.1:33418"),
        ("12:30:45", "12:30:45"),
        ("2025-11-25", "2025-11-25"),
        ("2.1.4", "2.1.4"),
        ("Ada", "Ada"),
    ],
)
def test_private_data_inside_other_text_is_masked(text: str, shown: str) -> None:
    assert Veil().text(text) == shown


def test_a_lifted_veil_hides_nothing() -> None:
    veil = Veil(is_lifted=True)

    assert veil.email("jane@example.com") == "jane@example.com"
    assert veil.argument("mailingAddress", "1 Road\nTown") == "1 Road\nTown"
    assert veil.text("203.0.113.9") == "203.0.113.9"


@requirement("U6")
@given(st.emails())
def test_no_whole_address_of_anybody_is_left(email: str) -> None:
    assert email not in Veil().text(f"write to {email} please")


@given(st.text())
def test_any_text_can_be_masked(text: str) -> None:
    assert isinstance(Veil().text(text), str)
