"""The names of the one server."""

import pytest

from mcp_shop_console.model.origins import loopback_origins, resource_of
from tests.requirement import requirement

_LOCAL = ("http://localhost:7777", "http://127.0.0.1:7777", "http://[::1]:7777")


def test_a_public_name_leads_the_three_local_ones() -> None:
    assert loopback_origins(7777).all == _LOCAL
    public = loopback_origins(7777, "https://shop.example")
    assert public.all == ("https://shop.example", *_LOCAL)
    assert (loopback_origins(7777).main, public.main) == (_LOCAL[0], "https://shop.example")


@requirement("A18")
@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:7777", "http://localhost:7777"),
        ("LocalHost:7777", "http://localhost:7777"),
        ("[::1]:7777", "http://[::1]:7777"),
        ("shop.example", "https://shop.example"),
        ("localhost", None),
        ("localhost:1", None),
        ("localhost:7777@evil.example", None),
        ("evil.example", None),
        ("", None),
    ],
)
def test_a_host_header_names_one_of_ours_or_none(host: str, origin: str | None) -> None:
    assert loopback_origins(7777, "https://shop.example").of_host(host) == origin


def test_the_resource_is_the_mcp_endpoint_of_an_origin() -> None:
    assert resource_of("http://localhost:7777") == "http://localhost:7777/mcp"
