"""Settings: every flag and environment variable, read once, refused in one sentence.

May import the standard library and platformdirs.
"""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from platformdirs import user_data_path, user_log_path

from mcp_shop_console import __version__
from mcp_shop_console.settings import limits, provider, rates, readers
from mcp_shop_console.settings.limits import Limits
from mcp_shop_console.settings.option import Option, SettingRefused, Sources
from mcp_shop_console.settings.provider import VARIABLES, Provider
from mcp_shop_console.settings.proxies import TRUSTED_PROXY, Network
from mcp_shop_console.settings.rates import Rates

PROGRAM = "mcp-shop-console"


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
    trusted_proxies: tuple[Network, ...]
    """Proxies that say where a request came from. Nobody else is believed."""
    demo_tools: bool
    """Whether agents see setDemoMode, clearDemoMode and prettyPlease."""
    admins: frozenset[str]
    """E-mail addresses, lower case, that hold ``shop:admin`` after the stage code."""
    provider: Provider | None
    """The OpenID provider at which humans sign in; None for our own page, which asks a name."""
    client_id_metadata_documents: bool
    """Whether a client id may be the address of a document, which is then fetched."""
    rates: Rates
    """How often each browser, client and address may come to sign in."""
    access_token_hours: float
    """Life of an access token, in hours."""
    plea_wait_seconds: float
    """How long a prettyPlease call waits for the presenter, in seconds."""
    limits: Limits
    """What is too much from outside."""
    theme: str
    """The control room's first theme, ``dark`` or ``light``."""
    log_file: str
    """Where log lines go while the control room has the screen."""


HOST = Option(
    "host",
    "address to listen on; localhost is both 127.0.0.1 and ::1",
    "localhost",
    readers.host,
    "ADDRESS",
)
PORT = Option("port", "port to listen on; 0 takes a free one", "7777", readers.port, "PORT")
DATABASE = Option(
    "database",
    "SQLite file that keeps orders, grants and audit; :memory: for a try-out",
    str(user_data_path(PROGRAM) / "shop.sqlite3"),
    readers.database,
    "PATH",
)
PUBLIC_URL = Option(
    "public-url",
    "https origin under which a tunnel or proxy reaches this server",
    "",
    readers.public_url,
    "URL",
)
NO_DEMO_TOOLS = Option(
    "no-demo-tools",
    "hide setDemoMode, clearDemoMode and prettyPlease from agents",
    "0",
    readers.switch,
)
ADMIN = Option(
    "admin",
    "e-mail addresses, separated by commas, that hold shop:admin after the stage code",
    "",
    readers.admins,
    "EMAILS",
)
CLIENT_ID_METADATA_DOCUMENTS = Option(
    "client-id-metadata-documents",
    "know agents by the document at their client id, fetched from the internet",
    "0",
    readers.switch,
)
ACCESS_TOKEN_HOURS = Option(
    "access-token-hours", "life of an access token, in hours", "12", readers.hours, "HOURS"
)
PLEA_WAIT_SECONDS = Option(
    "plea-wait-seconds",
    "how long a prettyPlease call waits for the presenter",
    "45",
    readers.plea_seconds,
    "SECONDS",
)
THEME = Option(
    "theme", "first theme of the control room, dark or light", "dark", readers.theme, "NAME"
)
LOG_FILE = Option(
    "log-file",
    "file for log lines while the control room has the screen",
    str(user_log_path(PROGRAM) / "console.log"),
    readers.log_file,
    "PATH",
)
OPTIONS: tuple[Option[object], ...] = (
    HOST,
    PORT,
    DATABASE,
    PUBLIC_URL,
    TRUSTED_PROXY,
    NO_DEMO_TOOLS,
    ADMIN,
    *provider.OPTIONS,
    CLIENT_ID_METADATA_DOCUMENTS,
    *rates.OPTIONS,
    ACCESS_TOKEN_HOURS,
    PLEA_WAIT_SECONDS,
    *limits.OPTIONS,
    THEME,
    LOG_FILE,
)


def read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """Settings from the command line, then the environment, then the defaults.

    Raises:
        SettingRefused: One of them cannot be used; the message names it and where it came from.
    """
    given = _parsed(arguments)
    sources = Sources(given, environment)
    admins, chosen = sources.value(ADMIN), provider.read_provider(sources)
    if admins and chosen:
        raise SettingRefused(
            f"{ADMIN.flag} is for e-mails typed at our own sign-in page: with a provider give"
            f" {provider.OIDC_ADMIN_CLAIM.flag}."
        )
    return Settings(
        serves_only=given["command"] == "serve",
        host=sources.value(HOST),
        port=sources.value(PORT),
        database=sources.value(DATABASE),
        public_url=sources.value(PUBLIC_URL),
        trusted_proxies=sources.value(TRUSTED_PROXY),
        demo_tools=not sources.value(NO_DEMO_TOOLS),
        admins=admins,
        provider=chosen,
        client_id_metadata_documents=sources.value(CLIENT_ID_METADATA_DOCUMENTS),
        rates=rates.read_rates(sources),
        access_token_hours=sources.value(ACCESS_TOKEN_HOURS),
        plea_wait_seconds=sources.value(PLEA_WAIT_SECONDS),
        limits=limits.read_limits(sources),
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
        epilog=f"A flag wins over its environment variable. Without a flag: {_variables()}.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"{PROGRAM} {__version__}")
    parser.add_argument(
        "command", nargs="?", metavar="serve", help="the same server without a screen"
    )
    for option in OPTIONS:
        _add(parser, option)
    return parser


def _variables() -> str:
    return ", ".join(f"{variable.name} ({variable.help})" for variable in VARIABLES)


def _add(parser: _Parser, option: Option[object]) -> None:
    default = option.default or "none"
    text = f"{option.help} (default: {default}; {option.variable})".replace("%", "%%")
    if option.metavar:
        parser.add_argument(option.flag, dest=option.name, metavar=option.metavar, help=text)
    else:
        parser.add_argument(
            option.flag, dest=option.name, action="store_const", const="1", help=text
        )
