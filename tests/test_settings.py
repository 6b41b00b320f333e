"""Settings: flag, variable, default, in this order; a wrong one is named in a sentence."""

import ast
import inspect
from dataclasses import fields
from pathlib import Path

import pytest

from mcp_shop_console import __version__
from mcp_shop_console.settings import (
    OPTIONS,
    VARIABLES,
    Option,
    SettingRefused,
    Settings,
    read_settings,
)
from tests.requirement import requirement

_HOME = str(Path.home())
_CASES: tuple[tuple[str, str, str, object], ...] = (
    ("host", "0.0.0.0", "host", "0.0.0.0"),
    ("port", "0", "port", 0),
    ("port", "65535", "port", 65535),
    ("database", ":memory:", "database", ":memory:"),
    ("database", "/data/shop", "database", "/data/shop"),
    ("database", "~/shop", "database", f"{_HOME}/shop"),
    ("database", "shop", "database", str(Path("shop").absolute())),
    ("public-url", "https://Shop.Example", "public_url", "https://shop.example"),
    ("public-url", "https://shop.example/", "public_url", "https://shop.example"),
    ("public-url", "https://shop.example:443", "public_url", "https://shop.example"),
    ("public-url", "https://shop.example:8443", "public_url", "https://shop.example:8443"),
    ("public-url", "https://[2001:db8::1]", "public_url", "https://[2001:db8::1]"),
    ("public-url", "", "public_url", ""),
    ("no-demo-tools", "1", "demo_tools", False),
    ("no-demo-tools", "Yes", "demo_tools", False),
    ("no-demo-tools", "0", "demo_tools", True),
    ("no-demo-tools", "", "demo_tools", True),
    ("admin", "A@x.example, b@x.example,", "admins", frozenset({"a@x.example", "b@x.example"})),
    ("admin", "", "admins", frozenset[str]()),
    ("access-token-hours", "0.5", "access_token_hours", 0.5),
    ("plea-wait-seconds", "0", "plea_wait_seconds", 0.0),
    ("theme", "light", "theme", "light"),
    ("log-file", "~/log", "log_file", f"{_HOME}/log"),
)
_WRONG: tuple[tuple[str, str], ...] = (
    ("sessions", "0"),
    ("sessions-per-agent", "0"),
    ("session-idle-minutes", "0"),
    ("session-idle-minutes", "1441"),
    ("session-idle-minutes", "soon"),
    ("sockets", "0"),
    ("sockets", "-1"),
    ("sockets-per-address", "1e3"),
    ("sockets-per-address", "1234567"),
    ("host", ""),
    ("host", "local host"),
    ("host", "http://localhost"),
    ("port", ""),
    ("port", "x"),
    ("port", "-1"),
    ("port", "65536"),
    ("port", "٣"),
    ("port", "9" * 5000),
    ("database", ""),
    ("database", "  "),
    ("database", "a\x00b"),
    ("database", "~nobody-of-this-name/shop"),
    ("public-url", "http://shop.example"),
    ("public-url", "shop.example"),
    ("public-url", "https://"),
    ("public-url", "https://shop.example/mcp"),
    ("public-url", "https://shop.example?x"),
    ("public-url", "https://shop.example#x"),
    ("public-url", "https://me@shop.example"),
    ("public-url", "https://:secret@shop.example"),
    ("public-url", "https://shop.example:port"),
    ("public-url", "https://[broken"),
    ("public-url", "https://shop example"),
    ("public-url", "https://shöp.example"),
    ("public-url", "https://localhost:7777"),
    ("public-url", "https://[::1]"),
    ("no-demo-tools", "maybe"),
    ("admin", "not an address"),
    ("access-token-hours", "0"),
    ("access-token-hours", "721"),
    ("access-token-hours", "nan"),
    ("access-token-hours", "soon"),
    ("plea-wait-seconds", "-1"),
    ("plea-wait-seconds", "56"),
    ("plea-wait-seconds", "inf"),
    ("theme", "blue"),
    ("theme", ""),
    ("log-file", ""),
    ("log-file", "~nobody-of-this-name/log"),
)


def _option(name: str) -> Option[object]:
    return next(option for option in OPTIONS if option.name == name)


def _refusal(arguments: list[str], environment: dict[str, str]) -> str:
    with pytest.raises(SettingRefused) as refusal:
        read_settings(arguments, environment)
    sentence = str(refusal.value)
    assert sentence.endswith(".") and "\n" not in sentence and len(sentence) < 300
    return sentence


def test_the_defaults_are_a_talk_on_this_computer() -> None:
    settings = read_settings([], {})

    assert (settings.serves_only, settings.demo_tools) == (False, True)
    assert (settings.host, settings.port, settings.public_url) == ("localhost", 7777, "")
    assert (settings.access_token_hours, settings.plea_wait_seconds) == (12, 45)
    assert (settings.theme, settings.admins) == ("dark", frozenset())
    assert Path(settings.database).is_absolute() and Path(settings.log_file).is_absolute()


@pytest.mark.parametrize(("name", "text", "field", "value"), _CASES)
def test_each_option_is_read_from_its_flag_and_from_its_variable(
    name: str, text: str, field: str, value: object
) -> None:
    option = _option(name)
    by_variable = read_settings([], {option.variable: text})
    assert getattr(by_variable, field) == value

    if option.metavar:
        assert getattr(read_settings([f"{option.flag}={text}"], {}), field) == value


def test_a_switch_is_a_flag_without_a_value() -> None:
    assert read_settings(["--no-demo-tools"], {}).demo_tools is False
    assert _refusal(["--no-demo-tools=1"], {})


def test_a_flag_wins_over_a_variable_and_a_variable_over_the_default() -> None:
    environment = {"MCP_SHOP_PORT": "1111", "MCP_SHOP_NO_DEMO_TOOLS": "0"}

    assert read_settings([], environment).port == 1111
    settings = read_settings(["--port", "2222", "--no-demo-tools"], environment)
    assert (settings.port, settings.demo_tools) == (2222, False)


def test_a_wrong_variable_does_not_matter_under_a_right_flag() -> None:
    assert read_settings(["--port", "1"], {"MCP_SHOP_PORT": "x"}).port == 1


@requirement("O14")
@pytest.mark.parametrize(("name", "text"), _WRONG)
def test_a_wrong_value_is_refused_by_the_name_it_was_given_under(name: str, text: str) -> None:
    option = _option(name)

    assert f"The variable {option.variable} cannot be" in _refusal([], {option.variable: text})
    if option.metavar:
        assert f"{option.flag} cannot be" in _refusal([f"{option.flag}={text}"], {})


@requirement("O14")
@pytest.mark.parametrize(
    "arguments", [["--unknown"], ["--por", "1"], ["--port"], ["talk"], ["serve", "more"]]
)
def test_what_is_no_flag_is_refused_in_a_sentence(arguments: list[str]) -> None:
    sentence = _refusal(arguments, {})

    assert any(argument in sentence for argument in arguments)


def test_serve_is_the_same_server_without_a_screen() -> None:
    assert read_settings(["serve", "--port", "1"], {}).serves_only
    assert read_settings(["--port", "1", "serve"], {}).port == 1


def test_help_explains_every_option_with_default_and_variable(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "500")

    with pytest.raises(SystemExit) as end:
        read_settings(["--help"], {})

    assert end.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    for option in OPTIONS:
        assert option.flag in text
        default = option.default or "none"
        assert f"(default: {default}; {option.variable})" in text
    assert all(variable.name in text for variable in VARIABLES)
    assert "serve" in text


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        read_settings(["--version"], {})

    assert end.value.code == 0
    assert __version__ in capsys.readouterr().out


def test_each_setting_says_what_it_is() -> None:
    (definition,) = ast.parse(inspect.getsource(Settings)).body
    assert isinstance(definition, ast.ClassDef)
    documented: set[str] = set()
    for field, text in zip(definition.body, definition.body[1:], strict=False):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str())):
                documented.add(name)
            case _:
                pass

    assert documented == {field.name for field in fields(Settings)}
