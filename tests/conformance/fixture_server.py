"""The whole program, with the conformance suite's fixtures beside the tools of the shop."""

import secrets
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager

import pytest
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp_types import (
    CallToolRequestParams,
    ListToolsResult,
    PaginatedRequestParams,
)

from mcp_shop_console.console import house
from mcp_shop_console.mcp_server.recorder import Context, Recorder
from mcp_shop_console.mcp_server.server import McpServer
from mcp_shop_console.mcp_server.token_verifier import deputy_of
from mcp_shop_console.mcp_server.tools import ShopTools
from tests.conformance.contents import CONTENTS, Answer, Fixture, Schema
from tests.conformance.library import add_library
from tests.conformance.messages import MESSAGES, changes
from tests.conformance.questions import QUESTIONS
from tests.conformance.schemas import SCHEMAS
from tests.live.conftest import Show, open_show


@asynccontextmanager
async def open_fixture_show() -> AsyncGenerator[Show, None]:
    """The program as ``serve`` runs it. Only the class of its MCP server is another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house, "McpServer", FixtureServer)
        async with open_show(":memory:") as show:
            yield show


class FixtureServer(McpServer):
    """The shop's server with more to call, answering in event streams, which the suite needs."""

    @asynccontextmanager
    async def run(self) -> AsyncGenerator[None, None]:
        self._manager.json_response = False
        async with super().run():
            yield

    def _server(self, recorder: Recorder) -> Server[dict[str, object]]:
        bus = InMemorySubscriptionBus()
        self._listeners = ListenHandler(bus)
        every = (*CONTENTS, *MESSAGES, *QUESTIONS, *SCHEMAS, *changes(bus))
        fixtures = {each.wire.name: each for each in every}
        server = super()._server(recorder)
        _add_tools(server, recorder, fixtures, self._tools)
        add_library(server)
        server.middleware.append(_sealed_request_state())
        return server


def _add_tools(
    server: Server[dict[str, object]],
    recorder: Recorder,
    fixtures: Mapping[str, Fixture],
    tools: ShopTools,
) -> None:
    async def list_tools(_: Context, __: PaginatedRequestParams) -> ListToolsResult:
        return ListToolsResult(tools=[*tools.listed, *(each.wire for each in fixtures.values())])

    async def call_tool(ctx: Context, params: CallToolRequestParams) -> Answer | dict[str, object]:
        if called := fixtures.get(params.name):
            return await called.answer(ctx, params)
        return await recorder.call_tool(ctx, params)

    def input_schema_of(name: str) -> Schema | None:
        called = fixtures.get(name)
        return called.wire.input_schema if called else tools.input_schema_of(name)

    server.add_request_handler("tools/list", PaginatedRequestParams, list_tools)
    server.add_request_handler("tools/call", CallToolRequestParams, call_tool)
    server.get_tool_input_schema = input_schema_of


def _sealed_request_state() -> RequestStateBoundary:
    """What a client must bring back unchanged, good for its own grant only."""
    key = secrets.token_bytes(32)
    security = RequestStateSecurity(keys=[key], bind_principal=_grant_of)
    return RequestStateBoundary(security, default_audience="fixtures")


def _grant_of(ctx: Context) -> str:
    assert ctx.request is not None
    return deputy_of(ctx.request.scope).grant_id
