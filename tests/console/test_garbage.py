"""The garbage collector, while the program loads and after."""

import gc
from collections.abc import Generator

import pytest

from mcp_shop_console.console.garbage import collect_none, collect_only_what_is_new


@pytest.fixture(autouse=True)
def collector_as_it_was() -> Generator[None, None, None]:
    threshold = gc.get_threshold()
    yield
    gc.set_threshold(*threshold)
    gc.unfreeze()
    gc.enable()


def test_nothing_is_collected_while_the_program_loads() -> None:
    collect_none()

    assert not gc.isenabled()


def test_what_was_loaded_is_left_out_of_later_rounds() -> None:
    loaded = [object()]
    collect_none()

    collect_only_what_is_new()

    assert gc.isenabled()
    assert not any(tracked is loaded for tracked in gc.get_objects())
