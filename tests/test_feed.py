"""The feed: every reader gets everything in order, and a slow one hurts nobody."""

import anyio
import pytest
from anyio import wait_all_tasks_blocked

from mcp_shop_console.feed import Feed, Reader
from mcp_shop_console.model.events import Event, SessionEnded

pytestmark = pytest.mark.anyio


def _events(count: int) -> list[Event]:
    return [SessionEnded(str(number), number) for number in range(count)]


async def test_each_reader_gets_everything_from_its_beginning_on_in_order() -> None:
    feed, events = Feed(), _events(3)

    with feed.subscribe() as early:
        feed.publish(events[:1])
        with feed.subscribe() as late:
            feed.publish(events[1:])

            assert early.take() == events
            assert late.take() == events[1:]
            assert early.take() == []


async def test_a_slow_reader_loses_its_oldest_events_and_knows_how_many() -> None:
    feed, events = Feed(), _events(5)

    with feed.subscribe(2) as slow, feed.subscribe() as quick:
        feed.publish(events)

        assert (slow.take(), slow.lost_events) == (events[3:], 3)
        assert (quick.take(), quick.lost_events) == (events, 0)


async def test_a_reader_that_has_ended_gets_nothing_more() -> None:
    feed = Feed()

    with feed.subscribe() as reader:
        pass
    feed.publish(_events(1))

    assert reader.take() == []


async def test_waiting_ends_with_the_next_event_and_not_before() -> None:
    feed, events = Feed(), _events(1)
    arrived: list[Event] = []

    async def wait(reader: Reader) -> None:
        await reader.wait()
        arrived.extend(reader.take())

    with feed.subscribe() as reader, anyio.fail_after(5):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait, reader)
            await wait_all_tasks_blocked()
            assert (arrived, reader.take()) == ([], [])
            feed.publish(events)
        assert arrived == events


async def test_waiting_with_something_there_does_not_wait() -> None:
    feed = Feed()

    with feed.subscribe() as reader, anyio.fail_after(5):
        for _ in range(2):
            feed.publish(_events(1))
            await reader.wait()
            await reader.wait()
            assert len(reader.take()) == 1


async def test_a_reader_that_stops_after_one_event_keeps_the_rest() -> None:
    feed, events = Feed(), _events(3)

    with feed.subscribe() as reader, anyio.fail_after(5):
        feed.publish(events)
        async for event in reader:
            assert event == events[0]
            break

        assert await anext(reader) == events[1]
        assert reader.take() == events[2:]
