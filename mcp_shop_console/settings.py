"""Settings: every flag and environment variable, read once, refused in one sentence.

May import the standard library and platformdirs.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, NoReturn, TypeVar
from urllib.parse import urlsplit

from platformdirs import user_data_path, user_log_path

from mcp_shop_console import __version__

PROGRAM = "mcp-shop-console"
_LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})
_MOST_SHOWN = 100
_THEMES = ("dark", "light")
T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class SettingRefused(Exception):
    """A flag or variable that cannot be used. The message is one sentence for its author."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How this process runs. Made once, by ``read_settings``."""

    serves_only: bool
    """Whether to run without a screen."""
    host: str
    """The address to listen on; ``localhost`` is both 127.0.0.1 and ::1."""
    port: int
    """TCP port; 0 takes a free one."""
    database: str
    """Path of the SQLite file, or ``:memory:``."""
    public_url: str
    """The https origin under which the world reaches this server, or empty."""
    demo_tools: bool
    """Whether agents see setDemoMode, clearDemoMode and prettyPlease."""
    admins: frozenset[str]
    """E-mail addresses, lower case, that hold ``shop:admin`` after the stage code."""
    access_token_hours: float
    """Life of an access token, in hours."""
    plea_wait_seconds: float
    """How long a prettyPlease call waits for the presenter, in seconds."""
    theme: str
    """The control room's first theme, ``dark`` or ``light``."""
    log_file: str
    """Where log lines go while the control room has the screen."""


@dataclass(frozen=True, slots=True)
class Option(Generic[T_co]):
    """One setting as people write it."""

    name: str
    help: str
    default: str
    read: Callable[[str], T_co]
    """Turns the text into a value, or raises ValueError saying what to give instead."""
    metavar: str = ""
    """What the help calls the value; empty for a switch."""

    @property
    def flag(self) -> str:
        return "--" + self.name

    @property
    def variable(self) -> str:
        return "MCP_SHOP_" + self.name.upper().replace("-", "_")


@dataclass(frozen=True, slots=True)
class _Sources:
    """Where settings come from: flags before variables before defaults."""

    flags: Mapping[str, object]
    environment: Mapping[str, str]

    def value(self, option: Option[T]) -> T:
        text, place = self._find(option)
        try:
            return option.read(text)
        except ValueError as error:
            shown = text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…"
            raise SettingRefused(f"{place} cannot be {shown!r}: {error}.") from None

    def _find(self, option: Option[T]) -> tuple[str, str]:
        flag = self.flags.get(option.name)
        if isinstance(flag, str):
            return flag, option.flag
        if option.variable in self.environment:
            return self.environment[option.variable], f"The variable {option.variable}"
        return option.default, option.flag


def _port(value: str) -> int:
    is_number = value.isascii() and value.isdigit() and len(value) <= 5
    if not is_number or int(value) > 65535:
        raise ValueError("give a port from 0 to 65535; 0 takes a free one")
    return int(value)


def _host(value: str) -> str:
    if not value or any(character.isspace() or character == "/" for character in value):
        raise ValueError("give a name or an address to listen on, as localhost or 0.0.0.0")
    return value


def _database(value: str) -> str:
    return value if value == ":memory:" else _path(value, "the path of a file, or :memory:")


def _log_file(value: str) -> str:
    return _path(value, "the path of a file")


def _path(value: str, wanted: str) -> str:
    if not value.strip() or "\x00" in value:
        raise ValueError(f"give {wanted}")
    try:
        return str(Path(value).expanduser().absolute())
    except RuntimeError:
        raise ValueError(f"give {wanted}; there is no such home folder") from None


def _public_url(value: str) -> str:
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


def _is_name(hostname: str) -> bool:
    return bool(hostname) and hostname.isascii() and hostname.isprintable() and " " not in hostname


def _hours(value: str) -> float:
    return _number(value, 0.01, 24 * 30, "a number of hours from 0.01 to 720")


def _plea_seconds(value: str) -> float:
    return _number(value, 0, 55, "a number of seconds from 0 to 55, as clients give up at 60")


def _number(value: str, lowest: float, highest: float, wanted: str) -> float:
    try:
        number = float(value)
    except ValueError:
        raise ValueError(f"give {wanted}") from None
    if not lowest <= number <= highest:
        raise ValueError(f"give {wanted}")
    return number


def _admins(value: str) -> frozenset[str]:
    addresses = frozenset(part.strip().lower() for part in value.split(",") if part.strip())
    if not all("@" in address for address in addresses):
        raise ValueError("give e-mail addresses, separated by commas")
    return addresses


def _theme(value: str) -> str:
    if value not in _THEMES:
        raise ValueError("give dark or light")
    return value


def _switch(value: str) -> bool:
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


HOST = Option(
    "host",
    "address to listen on; localhost is both 127.0.0.1 and ::1",
    "localhost",
    _host,
    "ADDRESS",
)
PORT = Option("port", "port to listen on; 0 takes a free one", "7777", _port, "PORT")
DATABASE = Option(
    "database",
    "SQLite file that keeps orders, grants and audit; :memory: for a try-out",
    str(user_data_path(PROGRAM) / "shop.sqlite3"),
    _database,
    "PATH",
)
PUBLIC_URL = Option(
    "public-url",
    "https origin under which a tunnel or proxy reaches this server",
    "",
    _public_url,
    "URL",
)
NO_DEMO_TOOLS = Option(
    "no-demo-tools", "hide setDemoMode, clearDemoMode and prettyPlease from agents", "0", _switch
)
ADMIN = Option(
    "admin",
    "e-mail addresses, separated by commas, that hold shop:admin after the stage code",
    "",
    _admins,
    "EMAILS",
)
ACCESS_TOKEN_HOURS = Option(
    "access-token-hours", "life of an access token, in hours", "12", _hours, "HOURS"
)
PLEA_WAIT_SECONDS = Option(
    "plea-wait-seconds",
    "how long a prettyPlease call waits for the presenter",
    "45",
    _plea_seconds,
    "SECONDS",
)
THEME = Option("theme", "first theme of the control room, dark or light", "dark", _theme, "NAME")
LOG_FILE = Option(
    "log-file",
    "file for log lines while the control room has the screen",
    str(user_log_path(PROGRAM) / "console.log"),
    _log_file,
    "PATH",
)
OPTIONS: tuple[Option[object], ...] = (
    HOST,
    PORT,
    DATABASE,
    PUBLIC_URL,
    NO_DEMO_TOOLS,
    ADMIN,
    ACCESS_TOKEN_HOURS,
    PLEA_WAIT_SECONDS,
    THEME,
    LOG_FILE,
)


def read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Settings from the command line, then the environment, then the defaults.

    Raises:
        SettingRefused: One of them cannot be used; the message names it and where it came from.
    """
    given = _parsed(arguments)
    sources = _Sources(given, environment)
    return Settings(
        serves_only=given["command"] == "serve",
        host=sources.value(HOST),
        port=sources.value(PORT),
        database=sources.value(DATABASE),
        public_url=sources.value(PUBLIC_URL),
        demo_tools=not sources.value(NO_DEMO_TOOLS),
        admins=sources.value(ADMIN),
        access_token_hours=sources.value(ACCESS_TOKEN_HOURS),
        plea_wait_seconds=sources.value(PLEA_WAIT_SECONDS),
        theme=sources.value(THEME),
        log_file=sources.value(LOG_FILE),
    )


def _parsed(arguments: Sequence[str]) -> Mapping[str, object]:
    known, unknown = _parser().parse_known_args(arguments)
    for argument in unknown:
        raise SettingRefused(f"{argument} is not known; --help lists every flag.")
    given = vars(known)
    if given["command"] not in {None, "serve"}:
        raise SettingRefused(f"The command {given['command']!r} is not known; there is serve only.")
    return given


class _Parser(argparse.ArgumentParser):
    """A parser whose complaint is one sentence."""

    def error(self, message: str) -> NoReturn:
        raise SettingRefused(f"{message[:1].upper()}{message[1:]}; --help lists every flag.")


def _parser() -> _Parser:
    parser = _Parser(
        prog=PROGRAM,
        description="Hosts the MCP shop, and the control room to ban, forgive and reset.",
        epilog="A flag wins over its environment variable.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument(
        "command", nargs="?", metavar="serve", help="the same server without a screen"
    )
    for option in OPTIONS:
        _add(parser, option)
    return parser


def _add(parser: _Parser, option: Option[object]) -> None:
    default = option.default or "none"
    text = f"{option.help} (default: {default}; {option.variable})".replace("%", "%%")
    if option.metavar:
        parser.add_argument(option.flag, dest=option.name, metavar=option.metavar, help=text)
    else:
        parser.add_argument(
            option.flag, dest=option.name, action="store_const", const="1", help=text
        )
