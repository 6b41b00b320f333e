from dataclasses import asdict

from mcp_shop_console.settings import read_settings
from mcp_shop_console.settings.limits import OPTIONS


def test_each_limit_is_a_setting() -> None:
    for option in OPTIONS:
        limits = read_settings([option.flag, "7"], {}).limits

        assert asdict(limits)[option.name.replace("-", "_")] == 7


def test_the_limits_are_those_of_the_law_unless_told_otherwise() -> None:
    limits = read_settings([], {}).limits

    assert (limits.calls_per_second, limits.call_burst) == (5, 20)
    assert limits.requests_per_second == 200
    assert (limits.sessions, limits.sessions_per_agent) == (2000, 32)
    assert (limits.sockets, limits.sockets_per_address) == (1000, 200)
