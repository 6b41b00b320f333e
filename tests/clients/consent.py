"""How an agent's program gets its answer: a browser fetches the callback that it listens on."""

import anyio
import httpx2

from tests.live.people import Person

_PATIENCE_SECONDS = 10


async def consent(person: Person, authorize_url: str) -> None:
    """Decide on the pages, and go where they lead."""
    await visit(await person.decide(authorize_url))


async def visit(address: str) -> None:
    """Fetch the callback, again while it is refused: its listener may start late."""
    with anyio.fail_after(_PATIENCE_SECONDS):
        async with httpx2.AsyncClient() as browser:
            while True:
                try:
                    await browser.get(address)
                except httpx2.ConnectError:
                    await anyio.sleep(0.05)
                else:
                    return
