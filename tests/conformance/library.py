"""Resources, prompts and completion, which the shop has none of, as the suite asks for them."""

import re

from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    BlobResourceContents,
    CompleteRequestParams,
    CompleteResult,
    Completion,
    ContentBlock,
    EmptyResult,
    GetPromptRequestParams,
    GetPromptResult,
    ImageContent,
    InputRequiredResult,
    ListPromptsResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    PaginatedRequestParams,
    Prompt,
    PromptArgument,
    PromptMessage,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    SetLevelRequestParams,
    SubscribeRequestParams,
    TextContent,
    TextResourceContents,
    UnsubscribeRequestParams,
)

from mcp_shop_console.mcp_server.recorder import Context
from tests.conformance.contents import PNG, embedded
from tests.conformance.questions import ask, filled_in, form

_BINARY = "test://static-binary"
_TEXTS = {
    "test://static-text": "This is the content of the static text resource.",
    "test://watched-resource": "Watched resource content",
}
_TEMPLATE = "test://template/{id}/data"
_FROM_TEMPLATE = re.compile(r"test://template/([^/]+)/data")

_ARGUMENTS_OF_PROMPT = {
    "test_simple_prompt": (),
    "test_prompt_with_arguments": ("arg1", "arg2"),
    "test_prompt_with_embedded_resource": ("resourceUri",),
    "test_prompt_with_image": (),
    "test_input_required_result_prompt": (),
}


def add_library(server: Server[dict[str, object]]) -> None:
    """Let ``server`` answer for all of this file."""
    server.add_request_handler("resources/list", PaginatedRequestParams, _list_resources)
    server.add_request_handler("resources/templates/list", PaginatedRequestParams, _list_templates)
    server.add_request_handler("resources/read", ReadResourceRequestParams, _read)
    server.add_request_handler("resources/subscribe", SubscribeRequestParams, _accept)
    server.add_request_handler("resources/unsubscribe", UnsubscribeRequestParams, _accept)
    server.add_request_handler("prompts/list", PaginatedRequestParams, _list_prompts)
    server.add_request_handler("prompts/get", GetPromptRequestParams, _get_prompt)
    server.add_request_handler("completion/complete", CompleteRequestParams, _complete)
    server.add_request_handler("logging/setLevel", SetLevelRequestParams, _accept)


async def _accept(
    _: Context, __: SubscribeRequestParams | UnsubscribeRequestParams | SetLevelRequestParams
) -> EmptyResult:
    return EmptyResult()


async def _list_resources(_: Context, __: PaginatedRequestParams) -> ListResourcesResult:
    uris = (*_TEXTS, _BINARY)
    return ListResourcesResult(resources=[Resource(uri=uri, name=uri[7:]) for uri in uris])


async def _list_templates(_: Context, __: PaginatedRequestParams) -> ListResourceTemplatesResult:
    template = ResourceTemplate(uri_template=_TEMPLATE, name="template")
    return ListResourceTemplatesResult(resource_templates=[template])


async def _read(_: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
    uri = params.uri
    if uri == _BINARY:
        blob = BlobResourceContents(uri=uri, mime_type="image/png", blob=PNG)
        return ReadResourceResult(contents=[blob])
    if found := _FROM_TEMPLATE.fullmatch(uri):
        said = f'{{"id":"{found[1]}","templateTest":true,"data":"Data for ID: {found[1]}"}}'
        return _text_resource(uri, "application/json", said)
    if uri in _TEXTS:
        return _text_resource(uri, "text/plain", _TEXTS[uri])
    raise MCPError(INVALID_PARAMS, "Resource not found", {"uri": uri})


def _text_resource(uri: str, mime_type: str, said: str) -> ReadResourceResult:
    contents = TextResourceContents(uri=uri, mime_type=mime_type, text=said)
    return ReadResourceResult(contents=[contents])


async def _list_prompts(_: Context, __: PaginatedRequestParams) -> ListPromptsResult:
    return ListPromptsResult(
        prompts=[
            Prompt(
                name=name,
                description=f"Fixture: {name}",
                arguments=[PromptArgument(name=each, required=True) for each in arguments],
            )
            for name, arguments in _ARGUMENTS_OF_PROMPT.items()
        ]
    )


async def _get_prompt(
    _: Context, params: GetPromptRequestParams
) -> GetPromptResult | InputRequiredResult:
    if params.name == "test_input_required_result_prompt":
        context = filled_in((params.input_responses or {}).get("user_context"), "context")
        if context is None:
            return ask({"user_context": form("What context should the prompt use?", "context")})
        return _prompt(TextContent(text=context))
    return _prompt(*_contents_of_prompt(params))


def _contents_of_prompt(params: GetPromptRequestParams) -> tuple[ContentBlock, ...]:
    match params.name, params.arguments or {}:
        case "test_simple_prompt", _:
            return (TextContent(text="This is a simple prompt for testing."),)
        case "test_prompt_with_arguments", {"arg1": one, "arg2": two}:
            return (TextContent(text=f"Prompt with arguments: arg1='{one}', arg2='{two}'"),)
        case "test_prompt_with_embedded_resource", {"resourceUri": uri}:
            resource = embedded(uri, "text/plain", "Embedded resource content for testing.")
            return resource, TextContent(text="Please process the embedded resource above.")
        case "test_prompt_with_image", _:
            image = ImageContent(data=PNG, mime_type="image/png")
            return image, TextContent(text="Please analyze the image above.")
        case _:
            raise MCPError(INVALID_PARAMS, "No such prompt, or an argument is missing.")


def _prompt(*content: ContentBlock) -> GetPromptResult:
    return GetPromptResult(messages=[PromptMessage(role="user", content=each) for each in content])


async def _complete(_: Context, params: CompleteRequestParams) -> CompleteResult:
    known = ("paris", "park", "party")
    values = [each for each in known if each.startswith(params.argument.value)]
    return CompleteResult(completion=Completion(values=values, total=len(values), has_more=False))
