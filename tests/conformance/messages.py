"""Tools that say or ask something while they work, as the conformance suite asks for them."""

from mcp.server.subscriptions import (
    InMemorySubscriptionBus,
    PromptsListChanged,
    ServerEvent,
    ToolsListChanged,
)
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolRequestParams,
    CallToolResult,
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    MissingRequiredClientCapabilityErrorData,
    SamplingCapability,
    SamplingMessage,
    TextContent,
)

from mcp_shop_console.mcp_server.recorder import Context
from tests.conformance.contents import Fixture, Schema, fixture, text

_STATES = ["active", "inactive", "pending"]
_DEFAULTS: Schema = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "default": "John Doe"},
        "age": {"type": "integer", "default": 30},
        "score": {"type": "number", "default": 95.5},
        "status": {"type": "string", "enum": _STATES, "default": "active"},
        "verified": {"type": "boolean", "default": True},
    },
}
_TITLED = [{"const": "value1", "title": "One"}, {"const": "value2", "title": "Two"}]
_ENUMS: Schema = {
    "type": "object",
    "properties": {
        "untitledSingle": {"type": "string", "enum": ["option1", "option2"]},
        "titledSingle": {"type": "string", "oneOf": _TITLED},
        "legacyEnum": {"type": "string", "enum": ["opt1", "opt2"], "enumNames": ["One", "Two"]},
        "untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1"]}},
        "titledMulti": {"type": "array", "items": {"anyOf": _TITLED}},
    },
}
_USER: Schema = {
    "type": "object",
    "properties": {"username": {"type": "string"}, "email": {"type": "string"}},
    "required": ["username", "email"],
}


def _takes(name: str) -> Schema:
    return {"type": "object", "properties": {name: {"type": "string"}}, "required": [name]}


def _argument(params: CallToolRequestParams, name: str) -> str:
    return str((params.arguments or {}).get(name))


async def _log(ctx: Context, _: CallToolRequestParams) -> CallToolResult:
    for said in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        # Deprecated with the feature, which the suite still asks for.
        await ctx.session.send_log_message(  # pyright: ignore[reportDeprecated]
            "info", said, related_request_id=ctx.request_id
        )
    return text("Logged.")


async def _progress(ctx: Context, _: CallToolRequestParams) -> CallToolResult:
    for done in (0, 50, 100):
        await ctx.session.report_progress(done, 100, f"{done} of 100")
    return text("Done.")


async def _sample(ctx: Context, params: CallToolRequestParams) -> CallToolResult:
    prompt = SamplingMessage(role="user", content=TextContent(text=_argument(params, "prompt")))
    answer = await ctx.session.send_request(
        CreateMessageRequest(params=CreateMessageRequestParams(messages=[prompt], max_tokens=100)),
        CreateMessageResult,
        metadata=ServerMessageMetadata(related_request_id=ctx.request_id),
    )
    said = answer.content.text if isinstance(answer.content, TextContent) else ""
    return text(f"LLM response: {said}")


async def _elicit(ctx: Context, message: str, schema: Schema) -> CallToolResult:
    answer = await ctx.session.elicit_form(message, schema, related_request_id=ctx.request_id)
    return text(f"User response: action={answer.action}, content={answer.content}")


async def _elicit_user(ctx: Context, params: CallToolRequestParams) -> CallToolResult:
    return await _elicit(ctx, _argument(params, "message"), _USER)


async def _elicit_defaults(ctx: Context, _: CallToolRequestParams) -> CallToolResult:
    return await _elicit(ctx, "Is this you?", _DEFAULTS)


async def _elicit_enums(ctx: Context, _: CallToolRequestParams) -> CallToolResult:
    return await _elicit(ctx, "Which ones?", _ENUMS)


async def _need_sampling(ctx: Context, _: CallToolRequestParams) -> CallToolResult:
    needed = ClientCapabilities(sampling=SamplingCapability())
    if ctx.session.check_client_capability(needed):
        return text("You can sample.")
    data = MissingRequiredClientCapabilityErrorData(required_capabilities=needed)
    raise MCPError(
        MISSING_REQUIRED_CLIENT_CAPABILITY,
        "Declare the sampling capability.",
        data.model_dump(by_alias=True, mode="json", exclude_none=True),
    )


def changes(bus: InMemorySubscriptionBus) -> tuple[Fixture, ...]:
    """Tools that tell all who listen that a list has changed."""

    def trigger(name: str, event: ServerEvent) -> Fixture:
        async def answer(_: Context, __: CallToolRequestParams) -> CallToolResult:
            await bus.publish(event)
            return text("Changed.")

        return fixture(name, answer)

    return (
        trigger("test_trigger_tool_change", ToolsListChanged()),
        trigger("test_trigger_prompt_change", PromptsListChanged()),
    )


MESSAGES = (
    fixture("test_tool_with_logging", _log),
    fixture("test_logging_tool", _log),
    fixture("test_tool_with_progress", _progress),
    fixture("test_sampling", _sample, _takes("prompt")),
    fixture("test_elicitation", _elicit_user, _takes("message")),
    fixture("test_elicitation_sep1034_defaults", _elicit_defaults),
    fixture("test_elicitation_sep1330_enums", _elicit_enums),
    fixture("test_missing_capability", _need_sampling),
)
