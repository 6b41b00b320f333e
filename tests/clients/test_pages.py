"""Our own pages in a real browser: where a policy, a cookie or a redirect is more than a header."""

import base64
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import anyio
import httpx2
import pytest
from anyio.abc import SocketAttribute, SocketStream

from tests.clients.browser import Page, approve, open_page, sign_in
from tests.live.conftest import Show

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(90)]

VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode()[:43]
GREETING = "Back at the agent."
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@dataclass
class Agent:
    """A program that listens for its callback, as agents do."""

    redirect_uri: str
    came: list[dict[str, list[str]]] = field(default_factory=list[dict[str, list[str]]])
    """The parameters of each callback that came."""

    async def serve(self, stream: SocketStream) -> None:
        async with stream:
            request = (await stream.receive()).decode()
            target = urlsplit(request.split(" ")[1])
            if target.path == "/callback":
                self.came.append(parse_qs(target.query))
            head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(GREETING)}"
            await stream.send(f"{head}\r\nConnection: close\r\n\r\n{GREETING}".encode())

    async def authorize_url(self, show: Show) -> str:
        """Register, and make the link for the human."""
        metadata = {"client_name": "Browser test", "redirect_uris": [self.redirect_uri]}
        async with httpx2.AsyncClient() as http:
            answer = await http.post(urljoin(show.url, "/register"), json=metadata)
        asked = {
            "response_type": "code",
            "client_id": answer.json()["client_id"],
            "redirect_uri": self.redirect_uri,
            "state": "st4te",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return urljoin(show.url, "/authorize?" + urlencode(asked))


@asynccontextmanager
async def listening_agent() -> AsyncGenerator[Agent, None]:
    async with (
        await anyio.create_tcp_listener(local_host="127.0.0.1") as listener,
        anyio.create_task_group() as tasks,
    ):
        port = listener.extra(SocketAttribute.local_port)
        agent = Agent(f"http://127.0.0.1:{port}/callback")
        tasks.start_soon(listener.serve, agent.serve)
        yield agent
        tasks.cancel_scope.cancel()


async def assert_fits_and_is_silent(page: Page) -> None:
    assert await page.do("evaluate", script=OVERFLOW) == 0, await page.do("address")
    assert await page.complaints() == []


@pytest.mark.parametrize("is_phone", [False, True], ids=["desk", "phone"])
async def test_every_page_up_to_the_answer_fits_and_breaks_no_policy(
    show: Show, home: Path, is_phone: bool
) -> None:
    async with listening_agent() as agent, open_page(home, is_phone=is_phone) as page:
        assert await page.open(urljoin(show.url, "/")) == 200
        assert show.url in await page.read()
        await assert_fits_and_is_silent(page)

        assert await page.open(await agent.authorize_url(show)) == 200
        await assert_fits_and_is_silent(page)

        await sign_in(page, show.person("Ada"))
        await page.sees(role="button", name="Approve")
        await assert_fits_and_is_silent(page)

        await approve(page, show)
        await page.sees(text=GREETING)
        (came,) = agent.came
        assert came["state"] == ["st4te"] and "code" in came


async def test_deny_takes_the_agent_the_no(show: Show, home: Path) -> None:
    async with listening_agent() as agent, open_page(home) as page:
        await page.open(await agent.authorize_url(show))
        await sign_in(page, show.person("Ada"))
        await page.press("Deny")

        await page.sees(text=GREETING)
        (came,) = agent.came
        assert came["error"] == ["access_denied"]


async def test_back_after_approve_says_that_it_was_answered(show: Show, home: Path) -> None:
    async with listening_agent() as agent, open_page(home) as page:
        await page.open(await agent.authorize_url(show))
        await sign_in(page, show.person("Ada"))
        await approve(page, show)
        await page.sees(text=GREETING)

        await page.do("back")

        await page.sees(text="already answered")
        assert len(agent.came) == 1
