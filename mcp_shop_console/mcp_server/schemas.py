"""The output schemas of the tools: each admits the success, or an error in its place.

May import the standard library only, and the words of the arguments.
"""

from mcp_shop_console.mcp_server.arguments import SIZES

Schema = dict[str, object]

_TEXT: Schema = {"type": "string"}


def _closed(properties: dict[str, Schema], required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required}


def _texts(*names: str) -> dict[str, Schema]:
    return dict.fromkeys(names, _TEXT)


def _list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_ERROR = _closed(
    {
        **_texts("type", "code", "message"),
        "param": {"type": "string", "description": "JSONPath of the argument at fault."},
        "retryable": {
            "type": "boolean",
            "description": "Whether the same call may succeed later with no human act.",
        },
        "audit_seq": {"type": "integer", "description": "The audit entry of this no."},
        "request_id": _TEXT,
        "plea": {"type": "string", "description": "The open plea for a pardon."},
        "retry_after_ms": {"type": "integer"},
    },
    ["type", "code", "message", "retryable", "request_id"],
)


def _or_error(properties: dict[str, Schema], required: list[str]) -> Schema:
    """The structured content of a tool: its own fields, or ``error`` and none of them.

    Clients validate error results too (TypeScript SDK 1.32.2), and want an object at the root.
    """
    return {
        "type": "object",
        "properties": {**properties, "error": _ERROR},
        "oneOf": [{"required": required}, {"required": ["error"]}],
    }


_SIZE: Schema = {"type": "string", "enum": list(SIZES)}
_ORDER = _closed(
    {
        **_texts("id", "userId", "email", "company", "mailingAddress"),
        "tshirtSize": _SIZE,
        "orderDate": {"type": "string", "format": "date-time"},
        "status": {"type": "string", "const": "confirmed"},
        "orderNumber": {"type": "integer"},
    },
    [
        *("id", "userId", "email", "company", "mailingAddress"),
        *("tshirtSize", "orderDate", "status", "orderNumber"),
    ],
)
_PRODUCT = _closed(
    {**_texts("label", "description", "price"), "sizes": _list_of(_SIZE)},
    ["label", "description", "sizes", "price"],
)
_AGENT = _closed(_texts("clientId", "name", "redirectHost"), ["clientId", "name", "redirectHost"])
_USER = _closed(
    {
        **_texts("userId", "name", "email", "grantId", "consentId"),
        "verified": {"type": "boolean"},
        "permissions": _list_of(_TEXT),
        "agent": _AGENT,
        "scopes": _list_of(_TEXT),
    },
    ["userId", "name", "email", "verified", "permissions", "agent", "grantId", "scopes"],
)

DEMO_MODE = _or_error(
    {"message": _TEXT, "mode": {"type": "string", "enum": ["normal", "banned"]}},
    ["message", "mode"],
)
USER_INFO = _or_error({"user": _USER}, ["user"])
INVENTORY = _or_error({"title": _TEXT, "products": _list_of(_PRODUCT)}, ["title", "products"])
BUY = _or_error(
    {
        **_texts("status", "message"),
        "order": _ORDER,
        "replayed": {
            "type": "boolean",
            "description": "True if an earlier call placed this order and nothing was ordered now.",
        },
        "note": _TEXT,
    },
    ["status", "message", "order"],
)
ORDERS = _or_error(
    {**_texts("title", "status"), "orders": _list_of(_ORDER)},
    ["title", "status", "orders"],
)
