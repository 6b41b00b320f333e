"""How the text of each setting becomes a value, or a ValueError that says what to give instead.

May import the standard library only.
"""

from pathlib import Path
from urllib.parse import urlsplit

_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_THEMES = ("dark", "light")


def port(value: str) -> int:
    is_number = value.isascii() and value.isdigit() and len(value) <= 5
    if not is_number or int(value) > 65535:
        raise ValueError("give a port from 0 to 65535; 0 takes a free one")
    return int(value)


def host(value: str) -> str:
    if not value or any(character.isspace() or character == "/" for character in value):
        raise ValueError("give a name or an address to listen on, as localhost or 0.0.0.0")
    return value


def database(value: str) -> str:
    return value if value == ":memory:" else path(value, "the path of a file, or :memory:")


def log_file(value: str) -> str:
    return path(value, "the path of a file")


def path(value: str, wanted: str) -> str:
    if not value.strip() or "\x00" in value:
        raise ValueError(f"give {wanted}")
    try:
        return str(Path(value).expanduser().absolute())
    except RuntimeError:
        raise ValueError(f"give {wanted}; there is no such home folder") from None


def public_url(value: str) -> str:
    if not value:
        return ""
    fault = ValueError("give an https origin without a path, as https://shop.example")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError:
        raise fault from None
    hostname = parts.hostname or ""
    if parts.scheme != "https" or parts.username is not None or not _is_name(hostname):
        raise fault
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise fault
    if hostname in _LOOPBACK_HOSTS:
        raise ValueError("give the public name of this server; localhost answers anyway")
    host = f"[{hostname}]" if ":" in hostname else hostname
    return f"https://{host}" + (f":{port}" if port not in {None, 443} else "")


def issuer(value: str) -> str:
    """Kept byte for byte: a provider's name with a slash at its end is another one."""
    if not value:
        return ""
    fault = ValueError("give the provider's https address, as https://login.example")
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        raise fault from None
    hostname = parts.hostname or ""
    is_private = parts.scheme == "https" or (parts.scheme == "http" and hostname in _LOOPBACK_HOSTS)
    has_more = parts.username is not None or parts.query or parts.fragment
    if not is_private or has_more or not _is_name(hostname) or not _is_name(value):
        raise fault
    return value


def client_id(value: str) -> str:
    if value and not _is_name(value):
        raise ValueError("give the client id as the provider shows it, without blanks")
    return value


def secret_file(value: str) -> str:
    return path(value, "the path of a file") if value else ""


def claim(value: str) -> tuple[str, str] | None:
    name, _, wanted = value.partition("=")
    if not value:
        return None
    if not name.strip() or not wanted.strip():
        raise ValueError("give a claim and its value, as roles=shop-admin")
    return name.strip(), wanted.strip()


def _is_name(hostname: str) -> bool:
    return bool(hostname) and hostname.isascii() and hostname.isprintable() and " " not in hostname


def hours(value: str) -> float:
    return _number(value, 0.01, 24 * 30, "a number of hours from 0.01 to 720")


def minutes(value: str) -> float:
    return _number(value, 0.1, 24 * 60, "a number of minutes from 0.1 to 1440")


def plea_seconds(value: str) -> float:
    return _number(value, 0, 55, "a number of seconds from 0 to 55, as clients give up at 60")


def count(value: str) -> int:
    is_number = value.isascii() and value.isdigit() and len(value) <= 6
    if not is_number or int(value) < 1:
        raise ValueError("give a number from 1 to 999999")
    return int(value)


def _number(value: str, lowest: float, highest: float, wanted: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"give {wanted}") from None
    if not lowest <= number <= highest:
        raise ValueError(f"give {wanted}")
    return number


def admins(value: str) -> frozenset[str]:
    addresses = frozenset(part.strip().lower() for part in value.split(",") if part.strip())
    if not all("@" in address for address in addresses):
        raise ValueError("give e-mail addresses, separated by commas")
    return addresses


def theme(value: str) -> str:
    if value not in _THEMES:
        raise ValueError("give dark or light")
    return value


def switch(value: str) -> bool:
    words = {
        "1": True,
        "true": True,
        "yes": True,
        "0": False,
        "false": False,
        "no": False,
        "": False,
    }
    if value.lower() not in words:
        raise ValueError("give 1 or 0")
    return words[value.lower()]
