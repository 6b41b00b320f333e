"""What README.md and demo_script.md name exists, and what exists is named there."""

import ast
import re
import shlex
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from packaging.requirements import Requirement
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from textual.binding import Binding, BindingType
from textual.dom import DOMNode

from mcp_shop_console.control_room.app import ControlRoom
from mcp_shop_console.control_room.screens.detail import DetailScreen
from mcp_shop_console.control_room.screens.reset_question import ResetQuestion
from mcp_shop_console.control_room.screens.room import RoomScreen
from mcp_shop_console.control_room.widgets.line_table import LineTable
from mcp_shop_console.control_room.widgets.talk_script import TalkScript
from mcp_shop_console.settings import OPTIONS, PORT, PROGRAM, VARIABLES, read_settings
from tests.mcp_server.stage import open_stage
from tests.talk import ROOT, SCRIPT, Answer, Click, OnScreen, Press, Run, Type, acts, read_talk

PACKAGE = ROOT / "mcp_shop_console"
README = (ROOT / "README.md").read_text(encoding="utf-8")
TALK = SCRIPT.read_text(encoding="utf-8")
BOTH = pytest.mark.parametrize("text", [README, TALK], ids=["README", "demo_script"])
PLACE_OF_KEYS = (ControlRoom, RoomScreen, DetailScreen, ResetQuestion, LineTable, TalkScript)
AS_WRITTEN = {"question_mark": "?", "up": "arrows", "left": "arrows"}
PANE_CELLS = 44
CODE = re.compile(r"`([^`\n]+)`")


def _section(title: str) -> str:
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def _rows(title: str) -> list[list[str]]:
    """The cells of the first table of a section of the README, without its head."""
    lines = _section(title).split("\n|", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def _code(cell: str) -> str:
    return CODE.findall(cell)[0]


def _commands(text: str) -> Iterator[str]:
    """Everything that is set as code: spans, and lines of blocks."""
    outside, *blocks = re.split(r"^```\w*$", text, flags=re.MULTILINE)
    for index, part in enumerate([outside, *blocks]):
        yield from part.splitlines() if index % 2 else CODE.findall(part)


def _literals(paths: Iterable[Path]) -> set[str]:
    """Every text in the sources, f-strings by their fixed parts."""
    trees = (ast.parse(path.read_text(encoding="utf-8")) for path in paths)
    nodes = (node for tree in trees for node in ast.walk(tree))
    return {
        node.value.strip()
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def _keys(bindings: Iterable[BindingType]) -> Iterator[str]:
    for binding in bindings:
        given = binding.key if isinstance(binding, Binding) else binding[0]
        for key in given.split(","):
            yield AS_WRITTEN.get(key.strip(), key.strip())


def _keys_of(place: type[DOMNode]) -> set[str]:
    return {key for kind in place.__mro__ for key in _keys(vars(kind).get("BINDINGS", ()))}


@BOTH
def test_every_variable_that_a_document_names_exists(text: str) -> None:
    named = set(re.findall(r"\bMCP_SHOP_\w+", text))

    known = {option.variable for option in OPTIONS} | {variable.name for variable in VARIABLES}
    assert named <= known


@BOTH
def test_every_flag_that_a_document_gives_the_program_exists(text: str) -> None:
    ours = [c for c in _commands(text) if c.startswith(("--", PROGRAM, "make run"))]

    named = {flag for command in ours for flag in re.findall(r"--[a-z-]+", command)}

    assert named <= {"--help", *(option.flag for option in OPTIONS)}


@BOTH
def test_every_run_that_a_document_shows_is_one_that_starts(text: str) -> None:
    for arguments in re.findall(r'make run ARGS="([^"]*)"', text):
        read_settings(shlex.split(arguments), {})


def test_the_settings_table_is_the_settings() -> None:
    told = {
        _code(flag): (_code(variable), default) for flag, variable, default, _ in _rows("Settings")
    }

    assert list(told) == [option.flag for option in OPTIONS]
    for option in OPTIONS:
        variable, default = told[option.flag]
        real = Path(option.default).name if option.default.startswith("/") else option.default
        assert variable == option.variable
        assert default == "none" if not real else _code(default) == real


def test_the_table_of_variables_without_a_flag_is_theirs() -> None:
    rows = _section("Verified humans").split("\n| variable |", 1)[1].split("\n\n", 1)[0]
    told = [_code(line.split(" | ")[0]) for line in rows.splitlines()[2:]]

    assert told == [variable.name for variable in VARIABLES]


def test_the_readme_says_where_files_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(variable, raising=False)

    for system in (Unix(PROGRAM), MacOS(PROGRAM)):
        for path in (system.user_data_path, system.user_log_path):
            assert f"`~/{path.relative_to(Path.home())}`" in _section("Settings")


def test_every_key_of_the_talk_exists() -> None:
    pressed = set(re.findall(r"\*\*Press\*\* `([^`]+)`", TALK))

    assert pressed <= set().union(*map(_keys_of, PLACE_OF_KEYS))


def test_the_table_of_keys_holds_every_key_of_the_control_room_and_no_other() -> None:
    rows = _rows("Keys")
    told = {_code(key) for key, _ in rows if "`" in key}
    named = told | {key for row in rows for key in CODE.findall(" ".join(row))}

    assert set(_keys(ControlRoom.BINDINGS)) | {"enter"} <= told
    assert named <= set().union({"ctrl+p"}, *map(_keys_of, PLACE_OF_KEYS))


@pytest.mark.anyio
async def test_the_tools_of_the_documents_are_the_tools_of_the_server() -> None:
    async with open_stage() as stage, stage.client("2026-07-28") as client:
        schemas = {tool.name: tool.input_schema for tool in (await client.list_tools()).tools}
    typed = [step for act in acts() for step in act.steps if isinstance(step, Type)]

    assert [_code(tool) for tool, _ in _rows("What agents find")] == list(schemas)
    assert {step.tool for step in typed} == set(schemas)
    for step in typed:
        schema = schemas[step.tool]
        assert set(schema.get("required", [])) <= step.arguments.keys()
        assert step.arguments.keys() <= schema["properties"].keys()


def test_the_talk_has_its_five_acts_and_fifteen_minutes() -> None:
    minutes = [(act.title, act.minutes) for act in acts()]

    assert minutes == [
        ("Opening", 1),
        ("Foundation", 4),
        ("Deputization", 5),
        ("Authority controls", 4),
        ("Closing", 1),
    ]


def test_each_act_says_what_to_say_to_see_and_to_do_if_it_fails() -> None:
    for act in acts():
        assert "\n**Say**\n" in act.text
        assert "\n- **See** " in act.text
        assert "\n**If it fails**\n" in act.text


def test_the_script_fits_its_pane() -> None:
    shown = (re.sub("[*`]", "", line) for line in TALK.splitlines())
    lines = [line for line in shown if not re.match(r"- (Run|Type|See) |#", line)]

    assert [line for line in lines if len(line) > PANE_CELLS] == []
    assert re.search(r"^\||!\[", TALK, re.MULTILINE) is None


def test_every_answer_that_the_script_quotes_is_one_that_agents_read() -> None:
    places = ("mcp_server/*.py", "authority/*.py", "model/catalog.py")
    said = _literals(path for place in places for path in PACKAGE.glob(place))

    quoted = {step.text for act in acts() for step in act.steps if isinstance(step, Answer)}

    assert quoted
    assert quoted <= said


def test_every_word_that_the_script_expects_on_the_screen_is_one_it_shows() -> None:
    said = _literals([PACKAGE / "control_room" / "moments.py"])

    expected = {step.word for act in acts() for step in act.steps if isinstance(step, OnScreen)}

    assert expected
    assert expected <= said


def test_every_button_of_the_script_is_on_a_page() -> None:
    pages = (PACKAGE / "authorization_server" / "templates").glob("*.html")
    buttons = {
        b for page in pages for b in re.findall(r">([^<>]+)</button>", page.read_text("utf-8"))
    }

    assert {
        step.button for act in acts() for step in act.steps if isinstance(step, Click)
    } <= buttons


def test_a_step_without_its_form_is_noticed() -> None:
    with pytest.raises(ValueError, match="by which tool"):
        read_talk("## Act 1: Opening (1 minute)\n\n- **Type** something nice\n")


@BOTH
def test_every_target_of_make_that_a_document_names_exists(text: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    named = {c.split()[1] for c in _commands(text) if re.match(r"make [a-z]", c)}

    assert {"run"} <= named <= targets


@BOTH
def test_every_file_that_a_document_names_exists(text: str) -> None:
    links = map(unquote, re.findall(r"\]\(([^)#:]+)\)", text))
    spans = [s for s in CODE.findall(text) if re.fullmatch(r"[\w/.-]+\.(md|py|toml|txt|svg)", s)]

    assert [path for path in [*links, *spans] if not (ROOT / path).exists()] == []


@BOTH
def test_every_local_address_has_the_default_port(text: str) -> None:
    assert set(re.findall(r"http://localhost:(\d+)", text)) == {PORT.default}


def test_the_table_of_dependencies_is_the_projects() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    names = [Requirement(line).name for line in project["dependencies"]]

    assert [_code(package) for package, *_ in _rows("Dependencies")] == names


def test_every_claim_of_the_readme_names_its_proof() -> None:
    for claim, proof in _rows("What is true here"):
        assert re.search(r"\]\(tests/[\w/]+\.py\)", proof), claim


def test_the_commands_of_the_script_are_those_of_the_readme() -> None:
    ran = {step.command for act in acts() for step in act.steps if isinstance(step, Run)}

    assert {command for command in ran if "allowedTools" not in command} <= set(_commands(README))


def test_the_script_has_the_database_of_the_rehearsal_deleted() -> None:
    before = TALK.split("\n## Before the talk\n", 1)[1].split("\n## ", 1)[0]
    (database,) = set(re.findall(r"--database ([\w.]+)", before))

    deleted = re.search(r"delete ([^:]+):", before)

    assert deleted is not None
    assert CODE.findall(deleted[1]) == [f"{database}{end}" for end in ("", "-wal", "-shm")]


def test_the_ban_keys_of_the_talk_are_pressed_in_its_fourth_act() -> None:
    controls = acts()[3]
    pressed = [step.key for step in controls.steps if isinstance(step, Press)]

    assert pressed == ["b", "p", "B", "x", "r", "y"]
