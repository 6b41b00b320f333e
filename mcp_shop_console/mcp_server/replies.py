"""Everything that agents read: the contract's texts, and the error object of a refusal.

May import model.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from mcp_shop_console.mcp_server.arguments import CONTROL_CHARACTER, SIZES, Fault
from mcp_shop_console.model.catalog import Product
from mcp_shop_console.model.deputies import Deputy, Standing
from mcp_shop_console.model.orders import (
    MAX_ADDRESS_CHARACTERS,
    MAX_COMPANY_CHARACTERS,
    MAX_IDEMPOTENCY_KEY_CHARACTERS,
    Order,
    PlacedOrder,
)
from mcp_shop_console.model.refusals import Refusal, RefusalCode

SERVER_INSTRUCTIONS = (
    "A shop that gives away T-shirts. You act as the deputy of the human who signed in: everything "
    "you do here is done in their name and recorded. Ask them before you order."
)
SERVICE_UNAVAILABLE = "The shop cannot be reached at the moment. Nothing happened. Try again later."
UNKNOWN_TOOL = "Unknown tool. tools/list names the tools of this server."
INTERNAL_ERROR = "Internal error. It has been logged."
TOO_MANY_CALLS = "Too many calls at once. Wait a moment, then call again, one after the other."
CALL_CUT = "The call was ended by the server."

ADMIN_PERMISSION = "shop:admin"
_NEEDS_SCOPE = "This grant does not allow that. It takes the scope {scope}; ask the human for it."

_BANNED_TEXTS = {
    "listMcpShopInventory": (
        "You again, we're not letting you get a shirt after what happened at MCP Night."
    ),
    "buyMcpShopItem": "ABSOLUTELY NOT. GO AWAY 👋",
}
_PERMISSION_DENIED_TEXTS = {"getUserInfo": "Sorry, bruh. You don't have these permissions."}
_ORDER_FAILED = {
    "status": "error",
    "message": "Failed to place order. Please try again later.",
}
_ERROR_TYPES = {
    RefusalCode.INVALID_REQUEST: "invalid_request",
    RefusalCode.IDEMPOTENCY_CONFLICT: "invalid_request",
    RefusalCode.RATE_LIMIT_EXCEEDED: "rate_limit_exceeded",
    RefusalCode.SERVICE_UNAVAILABLE: "service_unavailable",
}
_RETRYABLE = frozenset({RefusalCode.RATE_LIMIT_EXCEEDED, RefusalCode.SERVICE_UNAVAILABLE})

_ADVICE = {
    "mode": "Give normal or banned.",
    "company": f"Give the company's name, 1 to {MAX_COMPANY_CHARACTERS} characters on one line.",
    "mailingAddress": (
        f"Give the full mailing address, 1 to {MAX_ADDRESS_CHARACTERS} characters; "
        "line feeds may separate its lines."
    ),
    "tshirtSize": f"Give one of {', '.join(SIZES)}.",
    "idempotencyKey": (
        f"Give up to {MAX_IDEMPOTENCY_KEY_CHARACTERS} characters on one line, or leave it out."
    ),
}
_FAULTS = {
    "missing": "{name} is missing.",
    "string_type": "{name} has to be a string.",
    "string_too_short": "{name} is empty.",
    "string_pattern_mismatch": "{name} is blank.",
    "string_too_long": "{name} is too long.",
    "string_unicode": "{name} is not valid Unicode text.",
    "literal_error": "{name} has no such value.",
    CONTROL_CHARACTER: "{name} holds a control character.",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one tool call."""

    text: str
    structured: Mapping[str, object]
    code: str = ""
    """The refusal code; empty for a yes."""

    def wire(self) -> dict[str, object]:
        """The result of ``tools/call`` (MCP tools, tool result)."""
        return {
            "content": [{"type": "text", "text": self.text}],
            "structuredContent": dict(self.structured),
            "isError": bool(self.code),
            "resultType": "complete",
        }


def inventory(products: tuple[Product, ...]) -> Reply:
    return _json_reply(
        {
            "title": "mcp.shop inventory",
            "products": [
                {
                    "label": product.label,
                    "description": product.description,
                    "sizes": list(product.sizes),
                    "price": product.price,
                }
                for product in products
            ],
        }
    )


def bought(placed: PlacedOrder) -> Reply:
    said: dict[str, object] = {
        "status": "success",
        "message": "Order placed successfully!",
        "order": _order(placed.order),
    }
    if placed.is_replayed:
        said["replayed"] = True
    if placed.note:
        said["note"] = placed.note
    return _json_reply(said)


def orders(placed: tuple[Order, ...]) -> Reply:
    return _json_reply(
        {
            "title": "Your MCP Shop Orders",
            "status": "success",
            "orders": [_order(order) for order in placed],
        }
    )


def demo_mode_set(standing: Standing) -> Reply:
    return _mode_reply(f"Demo mode set to {standing}.", standing)


def demo_mode_cleared(standing: Standing) -> Reply:
    return _mode_reply("You are back to normal, dude.", standing)


def plea_granted(standing: Standing) -> Reply:
    return _mode_reply('Fine, you can order since you said "pretty please".', standing)


def user_info(deputy: Deputy) -> Reply:
    human, agent = deputy.human, deputy.agent
    user = {
        "userId": human.id,
        "name": human.name,
        "email": human.email,
        "verified": human.is_verified,
        "permissions": [ADMIN_PERMISSION] if human.is_admin else [],
        "agent": {
            "clientId": agent.client_id,
            "name": agent.name,
            "redirectHost": agent.redirect_host,
        },
        "grantId": deputy.grant_id,
        "consentId": deputy.consent_id,
        "scopes": sorted(deputy.scopes),
    }
    text = "Debug info: " + json.dumps(user, indent=2, ensure_ascii=False)
    return Reply(text, {"user": user})


def refused(tool: str, refusal: Refusal) -> Reply:
    """A decided no: the contract's text where it has one, and why, for programs to read."""
    return Reply(
        text=_refusal_text(tool, refusal),
        structured={"error": _error(refusal)},
        code=refusal.code,
    )


def unavailable(tool: str, request_id: str) -> Reply:
    """The store failed, so nothing was decided. REQUIREMENTS.md O12."""
    code = RefusalCode.SERVICE_UNAVAILABLE
    text = _compact(_ORDER_FAILED) if tool == "buyMcpShopItem" else SERVICE_UNAVAILABLE
    refusal = Refusal(code, SERVICE_UNAVAILABLE, request_id, audit_seq=None)
    return Reply(text, {"error": _error(refusal)}, code)


def fault_sentence(fault: Fault) -> str:
    """What is wrong with the arguments and what to give. Never what was sent."""
    name = fault.argument or "An argument"
    if fault.kind == "extra_forbidden":
        return f"{name} is not an argument of this tool. Leave it out."
    problem = _FAULTS.get(fault.kind, "{name} is not valid.").format(name=name)
    return f"{problem} {_ADVICE.get(fault.argument, '')}".rstrip()


def scope_sentence(scope: str) -> str:
    return _NEEDS_SCOPE.format(scope=scope)


def _json_reply(said: dict[str, object]) -> Reply:
    return Reply(_compact(said), said)


def _mode_reply(text: str, standing: Standing) -> Reply:
    return Reply(text, {"message": text, "mode": str(standing)})


def _order(order: Order) -> dict[str, object]:
    return {
        "id": order.id,
        "userId": order.human_id,
        "email": order.email,
        "company": order.company,
        "mailingAddress": order.mailing_address,
        "tshirtSize": str(order.size),
        "orderDate": _iso(order.ordered_at_ms),
        "status": "confirmed",
        "orderNumber": order.number,
    }


def _refusal_text(tool: str, refusal: Refusal) -> str:
    match refusal.code:
        case RefusalCode.BANNED:
            return _BANNED_TEXTS.get(tool, refusal.message)
        case RefusalCode.PERMISSION_DENIED:
            return _PERMISSION_DENIED_TEXTS.get(tool, refusal.message)
        case _:
            return refusal.message


def _error(refusal: Refusal) -> dict[str, object]:
    error: dict[str, object] = {
        "type": _ERROR_TYPES.get(refusal.code, "refusal"),
        "code": str(refusal.code),
        "message": refusal.message,
    }
    if refusal.param:
        error["param"] = refusal.param
    error["retryable"] = refusal.code in _RETRYABLE
    if refusal.audit_seq is not None:
        error["audit_seq"] = refusal.audit_seq
    error["request_id"] = refusal.request_id
    if refusal.plea_id:
        error["plea"] = refusal.plea_id
    if refusal.retry_after_ms:
        error["retry_after_ms"] = refusal.retry_after_ms
    return error


def _compact(said: Mapping[str, object]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))


def _iso(at_ms: int) -> str:
    moment = datetime.fromtimestamp(at_ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"
