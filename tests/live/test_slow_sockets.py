"""The whole program lets go of who is slow, and goes on with everybody else."""

from dataclasses import dataclass

import anyio
import pytest

from tests.console.wire import said
from tests.live.conftest import open_show
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class Monotonic:
    seconds: float = 0

    def __call__(self) -> float:
        return self.seconds


@requirement("N5")
async def test_half_a_header_is_let_go_while_an_agent_shops() -> None:
    monotonic = Monotonic()

    async with open_show(":memory:", monotonic=monotonic) as show:
        agent = show.agent(show.person("Ann"))
        async with await anyio.connect_tcp("127.0.0.1", show.port) as slow:
            await slow.send(b"GET / HTTP/1.1\r\nHo")
            assert not (await agent.call("listMcpShopInventory")).is_error
            monotonic.seconds = 10

            assert (await said(slow)).startswith(b"HTTP/1.1 408 ")
        assert not (await agent.call("listMcpShopInventory")).is_error
