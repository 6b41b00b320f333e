"""What a tool may be given: one model for each form of arguments, and what is wrong with the rest.

May import model.
"""

from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from mcp_shop_console.model.orders import (
    MAX_ADDRESS_CHARACTERS,
    MAX_COMPANY_CHARACTERS,
    MAX_IDEMPOTENCY_KEY_CHARACTERS,
)

CONTROL_CHARACTER = "control_character"
NOT_BLANK = r"\S"
_CONTROLS = frozenset(map(chr, (*range(0x20), *range(0x7F, 0xA0))))
_CONTROLS_OF_LINES = _CONTROLS - {"\n"}
_LONGEST_NAME_TO_SHOW = 40


def _one_line(text: str) -> str:
    if not _CONTROLS.isdisjoint(text):
        raise PydanticCustomError(CONTROL_CHARACTER, "control character")
    return text


def _lines(text: str) -> str:
    if not _CONTROLS_OF_LINES.isdisjoint(text):
        raise PydanticCustomError(CONTROL_CHARACTER, "control character")
    return text


class Arguments(BaseModel):
    """Arguments of a tool call. Strict: no unknown names, nothing converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class NoArguments(Arguments):
    """A tool that takes none."""


class DemoModeArguments(Arguments):
    """The mode an agent wants for its human."""

    mode: Annotated[
        Literal["normal", "banned"],
        Field(description="banned: the shop refuses this user. normal: it serves them."),
    ]


Size = Literal["S", "M", "L", "XL", "XXL"]
SIZES: tuple[str, ...] = get_args(Size)


class BuyArguments(Arguments):
    """A T-shirt to order. The names are the wire's."""

    company: Annotated[
        str,
        Field(
            pattern=NOT_BLANK,
            min_length=1,
            max_length=MAX_COMPANY_CHARACTERS,
            description="Name of the company the T-shirt is for, on one line.",
        ),
        AfterValidator(_one_line),
    ]
    mailingAddress: Annotated[
        str,
        Field(
            pattern=NOT_BLANK,
            min_length=1,
            max_length=MAX_ADDRESS_CHARACTERS,
            description="Full mailing address. Several lines are fine. Ask the user for it.",
        ),
        AfterValidator(_lines),
    ]
    tshirtSize: Annotated[Size, Field(description="T-shirt size. Ask the user for it.")]
    idempotencyKey: Annotated[
        str,
        Field(
            max_length=MAX_IDEMPOTENCY_KEY_CHARACTERS,
            description=(
                "Any text of your own that stands for this one order. Send the same key when you "
                "repeat a call whose answer was lost: nothing is ordered twice. Send another key "
                "to order another T-shirt with the same details."
            ),
        ),
        AfterValidator(_one_line),
    ] = ""


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the arguments of a call. Never holds what was sent, names aside."""

    argument: str
    """The argument at fault; empty if it has no name that can be repeated."""
    kind: str
    """pydantic's word for it, as ``missing``, or CONTROL_CHARACTER."""

    @property
    def param(self) -> str:
        """JSONPath (RFC 9535) of the argument."""
        return f"$.{self.argument}" if self.argument else "$"


ArgumentsT = TypeVar("ArgumentsT", bound=Arguments)


def read_arguments(model: type[ArgumentsT], sent: dict[str, object]) -> ArgumentsT | Fault:
    """The checked arguments, or the first thing that is wrong with them."""
    try:
        return model.model_validate(sent)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    location = first["loc"]
    return Fault(_name_to_show(location[0] if location else ""), first["type"])


def _name_to_show(name: int | str) -> str:
    """The name, if it is one: an unknown argument's name is outside text, and may be anything."""
    is_plain = isinstance(name, str) and name.isascii() and name.isidentifier()
    return str(name) if is_plain and len(str(name)) <= _LONGEST_NAME_TO_SHOW else ""


def input_schema(model: type[Arguments]) -> dict[str, object]:
    """The JSON Schema of the arguments, as ``tools/list`` shows it."""
    schema = model.model_json_schema()
    properties: dict[str, dict[str, object]] = schema.get("properties", {})
    for field in properties.values():
        field.pop("title", None)
    return {
        "type": "object",
        "properties": properties,
        **({"required": schema["required"]} if "required" in schema else {}),
        "additionalProperties": False,
    }
