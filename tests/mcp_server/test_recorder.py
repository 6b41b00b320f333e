import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from mcp_shop_console.model.audit import AuditKind
from mcp_shop_console.model.catalog import Product
from mcp_shop_console.model.deputies import Call, Deputy
from mcp_shop_console.model.events import CallFinished, CallStarted
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.orders import OrderRequest, PlacedOrder
from mcp_shop_console.model.refusals import Refusal
from mcp_shop_console.shop import Shop
from tests.mcp_server.stage import ANN, AT_MS, SHIRT, Era, Stage, error_of, open_stage, text_of
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


class BrokenShop(Shop):
    """A bug when browsing, a failing store when buying."""

    async def browse(self, deputy: Deputy, call: Call) -> tuple[Product, ...] | Refusal:
        raise RuntimeError("token=secret")

    async def place_order(
        self, deputy: Deputy, call: Call, request: OrderRequest
    ) -> PlacedOrder | Refusal:
        raise StoreUnavailable("disk is full")


async def test_a_call_shows_while_it_runs_and_when_it_has_ended(stage: Stage, era: Era) -> None:
    async with stage.client(era, name="Inspector") as client:
        with stage.feed.subscribe() as reader:
            await client.call_tool("buyMcpShopItem", SHIRT)
            events = reader.take()

    (started,) = [event for event in events if isinstance(event, CallStarted)]
    (finished,) = [event for event in events if isinstance(event, CallFinished)]
    assert started.deputy.human == ANN
    assert started.call.tool == "buyMcpShopItem"
    assert started.call.started_at_ms == AT_MS
    assert started.call.session.agent_name == "Inspector"
    assert started.arguments == SHIRT
    assert finished.call_id == started.call.id
    assert not finished.is_error
    assert finished.code == ""
    assert finished.duration_ms >= 0
    assert events.index(started) < events.index(finished)


async def test_the_audit_entry_and_the_event_name_the_same_call(stage: Stage, era: Era) -> None:
    async with stage.client(era) as client:
        with stage.feed.subscribe() as reader:
            await client.call_tool("buyMcpShopItem", SHIRT)
            (started,) = [event for event in reader.take() if isinstance(event, CallStarted)]

    entry = (await stage.audit())[-1]
    assert entry.kind is AuditKind.ORDER_PLACED
    assert entry.call == started.call


async def test_arguments_are_cut_and_what_is_no_text_is_its_type(stage: Stage) -> None:
    arguments = {"company": "x" * 1000, "mailingAddress": ["a"], "tshirtSize": 7, "other": "y"}

    async with stage.client("2026-07-28") as client:
        with stage.feed.subscribe() as reader:
            await client.call_tool("buyMcpShopItem", arguments)
            events = reader.take()

    (started,) = [event for event in events if isinstance(event, CallStarted)]
    (finished,) = [event for event in events if isinstance(event, CallFinished)]
    assert started.arguments == {
        "company": "x" * 200,
        "mailingAddress": "(list)",
        "tshirtSize": "(int)",
    }
    assert finished.is_error
    assert finished.code == "invalid_request"


@requirement("U7")
async def test_an_agent_reads_nothing_of_a_bug(era: Era, caplog: pytest.LogCaptureFixture) -> None:
    async with open_stage(open_shop=BrokenShop) as stage, stage.client(era) as client:
        with stage.feed.subscribe() as reader:
            with pytest.raises(MCPError) as failed:
                await client.call_tool("listMcpShopInventory", {})
            (finished,) = [event for event in reader.take() if isinstance(event, CallFinished)]

    assert failed.value.error.code == INTERNAL_ERROR
    assert "secret" not in failed.value.error.message
    assert finished.code == "internal_error"
    assert "RuntimeError" in caplog.text


@requirement("O12")
async def test_a_failing_store_is_a_refusal_that_may_be_retried(era: Era) -> None:
    async with open_stage(open_shop=BrokenShop) as stage, stage.client(era) as client:
        result = await client.call_tool("buyMcpShopItem", SHIRT)

    assert text_of(result) == (
        '{"status":"error","message":"Failed to place order. Please try again later."}'
    )
    error = error_of(result)
    assert error["code"] == "service_unavailable"
    assert error["retryable"] is True
    assert "disk" not in result.model_dump_json()


async def test_a_call_of_no_tool_shows_under_the_name_it_had(stage: Stage, era: Era) -> None:
    async with stage.client(era) as client:
        with stage.feed.subscribe() as reader:
            with pytest.raises(MCPError):
                await client.call_tool("buyMcpShopHat", {"size": "L"})
            events = reader.take()

    (started,) = [event for event in events if isinstance(event, CallStarted)]
    (finished,) = [event for event in events if isinstance(event, CallFinished)]
    assert started.call.tool == "buyMcpShopHat"
    assert finished.code == "invalid_request"
