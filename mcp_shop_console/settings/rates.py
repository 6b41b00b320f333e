"""Rates: how often each browser, credential and address may come to the sign-in's doors.

May import the standard library only.
"""

from dataclasses import dataclass

from mcp_shop_console.settings.option import Option, Sources

_MOST = 60_000
Rate = tuple[int, int]
"""So many a minute: of one browser or credential, and of one address, which a hall may share."""


@dataclass(frozen=True, slots=True)
class Rates:
    """What is too often."""

    registrations: int
    """Registrations of agents a minute, of one address."""
    unused_clients: int
    """Registered agents that nobody has deputized yet."""
    authorizations: Rate
    """Authorization requests."""
    forms: Rate
    """Forms of the sign-in and consent pages."""
    stage_codes: Rate
    """Wrong stage codes."""
    tokens: Rate
    """Requests for tokens and their revocation."""


def _count(value: str) -> int:
    is_number = value.isascii() and value.isdigit() and len(value) <= 5
    if not is_number or not 1 <= int(value) <= _MOST:
        raise ValueError(f"give a number from 1 to {_MOST}")
    return int(value)


def _rate(value: str) -> Rate:
    try:
        narrow, wide = map(_count, value.split("/"))
    except ValueError:
        raise ValueError(
            f"give two numbers from 1 to {_MOST}, as 60/1200: for one, and for all of one address"
        ) from None
    return narrow, wide


REGISTRATION_RATE = Option(
    "registration-rate",
    "registrations of agents a minute, of one address",
    "120",
    _count,
    "NUMBER",
)
UNUSED_CLIENTS = Option(
    "unused-clients",
    "registered agents that nobody has deputized yet; they expire after a day",
    "500",
    _count,
    "NUMBER",
)
AUTHORIZATION_RATE = Option(
    "authorization-rate",
    "authorization requests a minute, of one browser and of one address",
    "60/1200",
    _rate,
    "NUMBER/NUMBER",
)
FORM_RATE = Option(
    "form-rate",
    "sign-in and consent forms a minute, of one browser and of one address",
    "30/2400",
    _rate,
    "NUMBER/NUMBER",
)
STAGE_CODE_RATE = Option(
    "stage-code-rate",
    "wrong stage codes a minute, of one browser and of one address",
    "5/50",
    _rate,
    "NUMBER/NUMBER",
)
TOKEN_RATE = Option(
    "token-rate",
    "token requests a minute, with one client secret, code or token and of one address",
    "60/1200",
    _rate,
    "NUMBER/NUMBER",
)
OPTIONS: tuple[Option[object], ...] = (
    REGISTRATION_RATE,
    UNUSED_CLIENTS,
    AUTHORIZATION_RATE,
    FORM_RATE,
    STAGE_CODE_RATE,
    TOKEN_RATE,
)


def read_rates(sources: Sources) -> Rates:
    """The rates of the settings."""
    return Rates(
        registrations=sources.value(REGISTRATION_RATE),
        unused_clients=sources.value(UNUSED_CLIENTS),
        authorizations=sources.value(AUTHORIZATION_RATE),
        forms=sources.value(FORM_RATE),
        stage_codes=sources.value(STAGE_CODE_RATE),
        tokens=sources.value(TOKEN_RATE),
    )
