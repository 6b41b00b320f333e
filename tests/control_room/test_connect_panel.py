from mcp_shop_console.control_room.widgets.connect_panel import ConnectPanel

COMMAND = "ngrok http 7777 --url https://shop.example"


def test_a_public_address_is_shown_with_the_command_of_its_tunnel() -> None:
    panel = ConnectPanel("https://shop.example/mcp", "271828", [COMMAND])

    assert COMMAND in str(panel.content)


def test_without_a_public_address_no_tunnel_is_shown() -> None:
    panel = ConnectPanel("http://localhost:7777/mcp", "271828")

    assert "tunnel" not in str(panel.content)
