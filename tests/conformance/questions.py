"""Tools that answer with questions (MCP 2026-07-28, multi round-trip requests)."""

from collections.abc import Mapping

from mcp_types import (
    CallToolRequestParams,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    InputResponse,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
    TextContent,
)

from mcp_shop_console.mcp_server.recorder import Context
from tests.conformance.contents import Answer, fixture, text


def form(message: str, name: str, kind: str = "string") -> ElicitRequest:
    """A question with one field."""
    schema = {"type": "object", "properties": {name: {"type": kind}}, "required": [name]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def ask(questions: Mapping[str, InputRequest], state: str | None = None) -> InputRequiredResult:
    return InputRequiredResult(input_requests=dict(questions), request_state=state)


def filled_in(answer: InputResponse | None, name: str) -> str | None:
    """The field of a form that was sent back."""
    match answer:
        case ElicitResult(action="accept", content=dict(content)) if name in content:
            return str(content[name])
        case _:
            return None


def _sample(prompt: str, max_tokens: int) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=TextContent(text=prompt))
    params = CreateMessageRequestParams(messages=[message], max_tokens=max_tokens)
    return CreateMessageRequest(params=params)


def _answer(params: CallToolRequestParams, name: str) -> InputResponse | None:
    return (params.input_responses or {}).get(name)


_NAME = form("What is your name?", "name")


async def _elicit(_: Context, params: CallToolRequestParams) -> Answer:
    name = filled_in(_answer(params, "user_name"), "name")
    return ask({"user_name": _NAME}) if name is None else text(f"Hello, {name}!")


async def _capital(_: Context, params: CallToolRequestParams) -> Answer:
    match _answer(params, "capital_question"):
        case CreateMessageResult(content=TextContent(text=said)):
            return text(said)
        case _:
            return ask({"capital_question": _sample("What is the capital of France?", 100)})


async def _roots(_: Context, params: CallToolRequestParams) -> Answer:
    match _answer(params, "client_roots"):
        case ListRootsResult(roots=roots):
            return text(", ".join(str(root.uri) for root in roots))
        case _:
            return ask({"client_roots": ListRootsRequest()})


async def _confirm(_: Context, params: CallToolRequestParams) -> Answer:
    confirmed = filled_in(_answer(params, "confirm"), "ok")
    if params.request_state == "asked" and confirmed is not None:
        return text("state-ok")
    return ask({"confirm": form("Please confirm", "ok", "boolean")}, "asked")


async def _everything(_: Context, params: CallToolRequestParams) -> Answer:
    questions: dict[str, InputRequest] = {
        "user_name": _NAME,
        "greeting": _sample("Generate a greeting", 50),
        "client_roots": ListRootsRequest(),
    }
    if (
        params.request_state == "asked"
        and questions.keys() <= (params.input_responses or {}).keys()
    ):
        return text("Everything is answered.")
    return ask(questions, "asked")


async def _two_rounds(_: Context, params: CallToolRequestParams) -> Answer:
    name = filled_in(_answer(params, "step1"), "name")
    color = filled_in(_answer(params, "step2"), "color")
    match params.request_state, name, color:
        case "round-1", str(), _:
            question = form("Step 2: What is your favorite color?", "color")
            return ask({"step2": question}, f"round-2 {name}")
        case str(state), _, str() if state.startswith("round-2 "):
            return text(f"{state.removeprefix('round-2 ')} likes {color}.")
        case _:
            return ask({"step1": form("Step 1: What is your name?", "name")}, "round-1")


async def _what_the_client_can(ctx: Context, _: CallToolRequestParams) -> Answer:
    can = ctx.session.client_capabilities
    questions: dict[str, InputRequest] = {}
    if can and can.elicitation is not None:
        questions["user_name"] = _NAME
    if can and can.sampling is not None:
        questions["greeting"] = _sample("Generate a greeting", 50)
    return ask(questions) if questions else text("There is nothing that you can answer.")


QUESTIONS = (
    fixture("test_input_required_result_elicitation", _elicit),
    fixture("test_streaming_elicitation", _elicit),
    fixture("test_input_required_result_sampling", _capital),
    fixture("test_input_required_result_list_roots", _roots),
    fixture("test_input_required_result_request_state", _confirm),
    fixture("test_input_required_result_tampered_state", _confirm),
    fixture("test_input_required_result_multiple_inputs", _everything),
    fixture("test_input_required_result_multi_round", _two_rounds),
    fixture("test_input_required_result_capabilities", _what_the_client_can),
)
