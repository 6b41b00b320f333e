"""Tools that are all in their input schema, as the conformance suite asks for them."""

from mcp_types import CallToolRequestParams, CallToolResult

from mcp_shop_console.mcp_server.recorder import Context
from tests.conformance.contents import Schema, fixture, text

_DRAFT_2020_12: Schema = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        }
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {
        "properties": {"contactMethod": {"const": "phone"}},
        "required": ["contactMethod"],
    },
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}
_WITH_HEADER: Schema = {
    "type": "object",
    "properties": {"region": {"type": "string", "x-mcp-header": "Region"}},
    "required": ["region"],
}


async def _thank(_: Context, __: CallToolRequestParams) -> CallToolResult:
    return text("Thank you.")


SCHEMAS = (
    fixture("json_schema_2020_12_tool", _thank, _DRAFT_2020_12),
    fixture("test_x_mcp_header", _thank, _WITH_HEADER),
)
