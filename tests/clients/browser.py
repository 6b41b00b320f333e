"""Debian's chromium, with a person at it. The other end is browser.mjs."""

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict, Unpack

from pydantic import BaseModel

from tests.clients.installed import CHROMIUM, NODE, PACKAGES
from tests.clients.program import Program, running
from tests.live.conftest import Show
from tests.live.people import Person

Value = bool | int | str | list[str] | None
_DRIVER = Path(__file__).parent / "browser.mjs"
_PHONE = {"width": 375, "height": 700}


class Place(TypedDict, total=False):
    """Something on a page, found the way that its reader finds it, or by its style."""

    role: str
    name: str
    label: str
    text: str
    css: str
    nth: int


@dataclass(frozen=True)
class Page:
    """One tab."""

    driver: Program
    name: str

    async def do(self, command: str, **values: object) -> Value:
        answer = await self._ask(command, values)
        if answer.error:
            told = f"{command} {values}: {answer.error}"
            raise AssertionError(f"{told}\n{await self.read()}")
        return answer.value

    async def open(self, url: str) -> Value:
        """Go to an address. Its status."""
        return await self.do("goto", url=url)

    async def press(self, button: str) -> None:
        await self.click(role="button", name=button)

    async def click(self, **at: Unpack[Place]) -> None:
        await self.do("click", at=at)

    async def type(self, value: str, **at: Unpack[Place]) -> None:
        await self.do("fill", at=at, value=value)

    async def sees(self, **at: Unpack[Place]) -> None:
        """Wait until it is there."""
        await self.do("see", at=at)

    async def shows(self, *, seconds: float, **at: Unpack[Place]) -> bool:
        """Whether it is there within that time."""
        answer = await self._ask("see", {"at": at, "timeout": seconds * 1000})
        return not answer.error

    async def new_tab(self, name: str) -> "Page":
        """Another tab of the same browser."""
        await self.do("openTab", **{"as": name})
        return Page(self.driver, name)

    async def read(self) -> str:
        """Every word on the page."""
        return str((await self._ask("evaluate", {"script": "document.body.innerText"})).value)

    async def complaints(self) -> list[str]:
        """What the browser wrote on its console as an error."""
        found = await self.do("complaints")
        assert isinstance(found, list)
        return found

    async def _ask(self, command: str, values: Mapping[str, object]) -> "_Answer":
        await self.driver.send(json.dumps({"do": command, "page": self.name, **values}))
        line = await self.driver.says(r'(?m)^\{"(?:value|error)":.*\}$')
        return _Answer.model_validate_json(line[0])


class _Answer(BaseModel):
    value: Value = None
    error: str = ""


@asynccontextmanager
async def open_page(home: Path, *, is_phone: bool = False) -> AsyncGenerator[Page, None]:
    """A browser of its own, with one tab."""
    async with running([NODE, _DRIVER, PACKAGES, CHROMIUM], home) as driver:
        await driver.says(r'"version"')
        page = Page(driver, "tab")
        await page.do("open", **(_PHONE if is_phone else {}))
        yield page


async def sign_in(page: Page, person: Person) -> None:
    await page.type(person.name, label="Name")
    await page.type(person.email, label="E-mail")
    await page.press("Go on")


async def approve(page: Page, show: Show) -> None:
    """Read the consent page, and press Approve."""
    await page.sees(role="button", name="Approve")
    await show.read("Approve")
    await page.press("Approve")
