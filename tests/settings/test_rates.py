from ipaddress import ip_network

import pytest

from mcp_shop_console.settings import SettingRefused, read_settings
from mcp_shop_console.settings.rates import Rates
from tests.requirement import requirement


@requirement("D1", "C11")
def test_the_default_rates_are_those_of_the_law() -> None:
    rates = read_settings([], {}).rates

    assert (rates.registrations, rates.unused_clients) == (120, 500)
    assert rates.stage_codes == (5, 50)


@requirement("D1")
def test_each_rate_is_a_setting() -> None:
    flags = [
        "--registration-rate=1",
        "--unused-clients=2",
        "--authorization-rate=3/4",
        "--form-rate=5/6",
        "--stage-code-rate=7/8",
        "--token-rate=9/60000",
    ]

    expected = Rates(1, 2, (3, 4), (5, 6), (7, 8), (9, 60000))
    assert read_settings(flags, {}).rates == expected
    assert read_settings([], {"MCP_SHOP_TOKEN_RATE": "1/2"}).rates.tokens == (1, 2)


@pytest.mark.parametrize("text", ["", "0", "-1", "60001", "x", "1.5", "٣", "1/2"])
def test_a_number_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingRefused, match="--registration-rate cannot be"):
        read_settings([f"--registration-rate={text}"], {})


@pytest.mark.parametrize("text", ["", "60", "0/1", "1/0", "1/2/3", "1/", "a/b", "1 2"])
def test_a_rate_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SettingRefused, match="--token-rate cannot be"):
        read_settings([f"--token-rate={text}"], {})


def test_trusted_proxies_are_addresses_and_networks() -> None:
    by_flag = read_settings(["--trusted-proxy", "127.0.0.1, ::1,10.0.0.0/8,"], {})
    networks = tuple(map(ip_network, ("127.0.0.1", "::1", "10.0.0.0/8")))

    assert by_flag.trusted_proxies == networks
    assert read_settings([], {}).trusted_proxies == ()


@pytest.mark.parametrize("text", ["localhost", "10.0.0.1/8", "10.0.0.0/33", "*", "1"])
def test_a_proxy_that_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(SettingRefused, match="--trusted-proxy cannot be"):
        read_settings([f"--trusted-proxy={text}"], {})


@requirement("D6")
def test_documents_of_clients_are_read_only_if_asked_to() -> None:
    assert not read_settings([], {}).client_id_metadata_documents
    assert read_settings(["--client-id-metadata-documents"], {}).client_id_metadata_documents
