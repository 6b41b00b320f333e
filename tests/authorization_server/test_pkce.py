import string

from hypothesis import given
from hypothesis import strategies as st

from mcp_shop_console.authorization_server.pkce import is_challenge, is_verified
from tests.authorization_server.parties import CHALLENGE, VERIFIER
from tests.requirement import requirement

_VERIFIERS = st.text(string.ascii_letters + string.digits + "-._~", min_size=43, max_size=128)


@requirement("A4")
@given(verifier=_VERIFIERS)
def test_only_its_own_verifier_opens_a_challenge(verifier: str) -> None:
    assert is_verified(verifier, CHALLENGE) == (verifier == VERIFIER)


def test_the_example_of_the_standard_holds() -> None:
    challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

    assert is_challenge(challenge)
    assert is_verified("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", challenge)


@requirement("A1")
@given(text=st.text(max_size=60))
def test_what_is_not_43_base64url_characters_is_no_challenge(text: str) -> None:
    letters = set(string.ascii_letters + string.digits + "-_")
    assert is_challenge(text) == (len(text) == 43 and set(text) <= letters)
