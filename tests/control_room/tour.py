"""A program for a terminal: tells harmless or hostile stories to a real room, then quits.

``python -m tests.control_room.tour harmless|hostile``
"""

import sys

import anyio
from textual.pilot import Pilot

from tests.control_room.hostile import HOSTILE_TEXTS, hostile_story
from tests.control_room.story import Hall, Story
from tests.control_room.test_hostile_text import TOUR


def main(kind: str) -> None:
    texts = HOSTILE_TEXTS if kind == "hostile" else ("Ada", "x" * 1_000, "漢字", "Grace [1]")
    hall = Hall(Story())

    async def tell(pilot: Pilot[object]) -> None:
        for text in texts:
            hall.retell(hostile_story(text))
            await hall.tell()
            await pilot.pause()
        for key in TOUR:
            await pilot.press(key)
            hall.app.draw_now()
            await pilot.pause()
        await pilot.press("ctrl+q")

    anyio.run(lambda: hall.app.run_async(auto_pilot=tell))
    sys.stdout.write("room closed\n")


if __name__ == "__main__":
    main(sys.argv[1])
