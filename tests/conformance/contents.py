"""Every kind of content that a tool may answer with, as the conformance suite asks for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from mcp_types import (
    AudioContent,
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    EmbeddedResource,
    ImageContent,
    InputRequiredResult,
    TextContent,
    TextResourceContents,
    Tool,
)

from mcp_shop_console.mcp_server.recorder import Context

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"
"""One red pixel."""
WAV = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAIA+AAACABAAZGF0YQIAAAAAAA=="
"""One silent sample."""

Answer = CallToolResult | InputRequiredResult
Schema = dict[str, object]
NO_ARGUMENTS: Schema = {"type": "object", "properties": {}}


@dataclass(frozen=True, slots=True)
class Fixture:
    """One tool of the suite."""

    wire: Tool
    answer: Callable[[Context, CallToolRequestParams], Awaitable[Answer]]


def fixture(
    name: str,
    answer: Callable[[Context, CallToolRequestParams], Awaitable[Answer]],
    schema: Schema = NO_ARGUMENTS,
) -> Fixture:
    return Fixture(Tool(name=name, description=f"Fixture: {name}", input_schema=schema), answer)


def text(said: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=said)])


def embedded(uri: str, mime_type: str, said: str) -> EmbeddedResource:
    return EmbeddedResource(resource=TextResourceContents(uri=uri, mime_type=mime_type, text=said))


def _always(name: str, *content: ContentBlock, is_error: bool = False) -> Fixture:
    async def answer(_: Context, __: CallToolRequestParams) -> CallToolResult:
        return CallToolResult(content=list(content), is_error=is_error)

    return fixture(name, answer)


_IMAGE = ImageContent(data=PNG, mime_type="image/png")

CONTENTS = (
    _always("test_simple_text", TextContent(text="This is a simple text response for testing.")),
    _always("test_image_content", _IMAGE),
    _always("test_audio_content", AudioContent(data=WAV, mime_type="audio/wav")),
    _always(
        "test_embedded_resource",
        embedded("test://embedded-resource", "text/plain", "This is an embedded resource content."),
    ),
    _always(
        "test_multiple_content_types",
        TextContent(text="Multiple content types test:"),
        _IMAGE,
        embedded(
            "test://mixed-content-resource", "application/json", '{"test":"data","value":123}'
        ),
    ),
    _always(
        "test_error_handling",
        TextContent(text="This tool intentionally returns an error for testing"),
        is_error=True,
    ),
)
