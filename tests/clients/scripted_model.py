"""A model that does as it is told, so that Claude Code calls tools without an account.

It asks for the tool call that the prompt spells out, and then says what the tool answered.
"""

import json
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager

import anyio
import uvicorn
from pydantic import BaseModel, ConfigDict
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from mcp_shop_console.console.sockets import listen

_START = "CALL "


class _Block(BaseModel):
    model_config = ConfigDict(extra="ignore")
    type: str
    text: str = ""
    content: "list[_Block] | str" = ""


class _Message(BaseModel):
    model_config = ConfigDict(extra="ignore")
    role: str
    content: list[_Block] | str


class _Asked(BaseModel):
    model_config = ConfigDict(extra="ignore")
    messages: list[_Message]


def call(tool: str, arguments: Mapping[str, object]) -> str:
    """The prompt for one call of one tool."""
    return _START + json.dumps({"name": tool, "input": arguments})


@asynccontextmanager
async def scripted_model() -> AsyncGenerator[str, None]:
    """Its address, while it runs."""
    (listening, *others) = listen("127.0.0.1", 0)
    assert not others
    app = Starlette(routes=[Route("/v1/messages", _answer, methods=["POST"])])
    config = uvicorn.Config(app, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(server._serve, [listening])  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - serve() takes the signals
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        server.should_exit = True


async def _answer(request: Request) -> StreamingResponse:
    asked = _Asked.model_validate_json(await request.body())
    return StreamingResponse(_stream(_next_block(asked)), media_type="text/event-stream")


def _next_block(asked: _Asked) -> dict[str, object]:
    for message in reversed(asked.messages):
        for block in reversed(_blocks(message.content)):
            if block.type == "tool_result":
                return {"type": "text", "text": _text(block.content)}
            if block.text.startswith(_START):
                wanted = json.loads(block.text.removeprefix(_START))
                return {"type": "tool_use", "id": "toolu_1", **wanted}
    return {"type": "text", "text": "Nothing to do."}


def _blocks(content: list[_Block] | str) -> list[_Block]:
    return [_Block(type="text", text=content)] if isinstance(content, str) else content


def _text(content: list[_Block] | str) -> str:
    return "".join(block.text for block in _blocks(content))


def _stream(block: dict[str, object]) -> Iterator[str]:
    """One message as server-sent events, in the form of the Messages API."""
    is_call = block["type"] == "tool_use"
    usage = {"input_tokens": 1, "output_tokens": 1}
    yield _event(
        "message_start",
        message={
            "id": "msg_1",
            "type": "message",
            "role": "assistant",
            "model": "scripted",
            "content": (),
            "usage": usage,
        },
    )
    empty: dict[str, object]
    if is_call:
        nothing: dict[str, object] = {}
        empty = block | {"input": nothing}
        delta: dict[str, object] = {
            "type": "input_json_delta",
            "partial_json": json.dumps(block["input"]),
        }
    else:
        empty = {"type": "text", "text": ""}
        delta = {"type": "text_delta", "text": block["text"]}
    yield _event("content_block_start", index=0, content_block=empty)
    yield _event("content_block_delta", index=0, delta=delta)
    yield _event("content_block_stop", index=0)
    stop = "tool_use" if is_call else "end_turn"
    yield _event("message_delta", delta={"stop_reason": stop, "stop_sequence": None}, usage=usage)
    yield _event("message_stop")


def _event(kind: str, **values: object) -> str:
    return f"event: {kind}\ndata: {json.dumps({'type': kind, **values})}\n\n"
