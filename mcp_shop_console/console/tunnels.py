"""How a tunnel is pointed at this server, so that the world reaches it.

May import model.
"""

from mcp_shop_console.model.origins import Origins


def tunnel_commands(origins: Origins) -> tuple[str, ...]:
    """Commands of well-known tunnels; none where there is no public address."""
    public, local = origins.main, origins.all[-3]
    if not public.startswith("https://"):
        return ()
    port = local.rpartition(":")[2]
    return f"cloudflared tunnel --url {local}", f"ngrok http {port} --url {public}"


def tunnel_hint(origins: Origins, *, trusts_proxy: bool) -> str:
    """What to do about the tunnel, in words; empty where there is none."""
    commands = tunnel_commands(origins)
    if not commands:
        return ""
    hint = f"Point a tunnel at this server: {', or '.join(commands)}."
    if trusts_proxy:
        return hint
    return f"{hint} --trusted-proxy 127.0.0.1,::1 then tells its visitors apart."
