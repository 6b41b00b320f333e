"""The talk on a machine on which it was rehearsed: what the files of the rehearsal leave behind."""

from dataclasses import dataclass, field
from pathlib import Path

import anyio
import pytest

from tests.console.program import Server, serving
from tests.live.people import Agent, Person

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(60)]


@dataclass
class Presenter:
    """One browser for rehearsal and show, and the buttons that were pressed in it."""

    person: Person = field(init=False)
    buttons: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self.person = Person("Ada", "ada@example.com", hesitate=self.read)

    async def read(self, button: str) -> None:
        """A person takes longer to read the page than the server asks for."""
        self.buttons.append(button)
        await anyio.sleep(0.8)

    async def connect(self, server: Server) -> list[str]:
        """Add the shop to an agent, as act 2 does. The buttons on the way."""
        self.buttons.clear()
        await Agent(server.url, self.person).call("listMcpShopInventory")
        return list(self.buttons)


@pytest.mark.parametrize(
    ("is_deleted", "buttons"), [(False, ["Approve"]), (True, ["Go on", "Approve"])]
)
async def test_only_a_deleted_database_forgets_who_rehearsed(
    tmp_path: Path, is_deleted: bool, buttons: list[str]
) -> None:
    presenter, files = Presenter(), ("show.sqlite3", "show.sqlite3-wal", "show.sqlite3-shm")
    database = ("--database", str(tmp_path / files[0]))
    with serving(tmp_path, *database) as rehearsal:
        at_first = await presenter.connect(rehearsal)
    if is_deleted:
        for name in files:
            (tmp_path / name).unlink(missing_ok=True)

    with serving(tmp_path, *database) as show:
        again = await presenter.connect(show)

    assert at_first == ["Go on", "Approve"]
    assert again == buttons
