import json
from pathlib import Path

from mcp_shop_console.console.tunnels import tunnel_commands, tunnel_hint
from mcp_shop_console.model.origins import loopback_origins
from tests.console.program import serving

PUBLIC = loopback_origins(7777, "https://shop.example")


def test_a_public_address_comes_with_the_commands_of_its_tunnel() -> None:
    commands = (
        "cloudflared tunnel --url http://localhost:7777",
        "ngrok http 7777 --url https://shop.example",
    )

    assert tunnel_commands(PUBLIC) == commands
    assert all(command in tunnel_hint(PUBLIC, trusts_proxy=True) for command in commands)


def test_without_a_public_address_there_is_no_tunnel() -> None:
    assert tunnel_commands(loopback_origins(7777)) == ()
    assert tunnel_hint(loopback_origins(7777), trusts_proxy=False) == ""


def test_who_trusts_no_proxy_is_told_of_it() -> None:
    assert "--trusted-proxy 127.0.0.1,::1" in tunnel_hint(PUBLIC, trusts_proxy=False)
    assert "--trusted-proxy" not in tunnel_hint(PUBLIC, trusts_proxy=True)


def test_serving_says_how_to_point_a_tunnel_here(tmp_path: Path) -> None:
    with serving(tmp_path, "--public-url", "https://shop.example") as server:
        assert server.process.stdout is not None
        line = json.loads(server.process.stdout.readline())

    assert "cloudflared tunnel --url http://localhost:" in str(line)
