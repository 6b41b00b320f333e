"""Faults of the disk: no means no, nothing is half done, and it is back when the fault ends."""

import os
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mcp_shop_console.feed import Reader
from mcp_shop_console.model.audit import AuditEntry, AuditKind
from mcp_shop_console.model.deputies import Deputy, Standing
from mcp_shop_console.model.events import StoreChanged
from mcp_shop_console.model.faults import StoreUnavailable
from mcp_shop_console.model.orders import Order
from tests.core import ANN, Core, open_core, placed
from tests.disk import largest_file
from tests.judge import judge
from tests.requirement import requirement

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class _Scene:
    core: Core
    path: Path
    deputy: Deputy
    order: Order
    reader: Reader

    async def everything_is_refused(self) -> None:
        """Each kind of write, and reads, are unavailable, and nothing is told as done."""
        core, deputy = self.core, self.deputy
        self.reader.take()
        for ask in (
            lambda: core.buy(deputy, "ACME", key="k"),
            lambda: core.shop.browse(deputy, core.call()),
            lambda: core.shop.list_orders(deputy, core.call()),
            lambda: core.authority.ban_human(ANN.id),
            lambda: core.authority.reset(),
            lambda: core.authority.set_demo_mode(deputy, core.call(), Standing.BANNED),
            lambda: core.authority.plead(deputy, core.call()),
            lambda: core.try_to_deputize(),
        ):
            with pytest.raises(StoreUnavailable):
                await ask()
        assert self._changes() == [False]

    async def reading_is_refused(self) -> None:
        with pytest.raises(StoreUnavailable):
            await self.core.audit()

    async def everything_works(self) -> None:
        """What was acknowledged is there, nothing else is, and new orders are taken."""
        core = self.core
        order = placed(await core.buy(self.deputy, "After the fault", key="k")).order
        audit = await core.audit()
        assert await core.orders(self.deputy) == (self.order, order)
        kinds = [entry.kind for entry in audit]
        assert kinds == [AuditKind.CONSENT_APPROVED, *[AuditKind.ORDER_PLACED] * 2]
        judge(audit)
        assert await core.database.read(lambda tx: tx.audit.first_broken()) is None
        assert self._changes() == [True]

    def _changes(self) -> list[bool]:
        events = self.reader.take()
        return [event.is_available for event in events if isinstance(event, StoreChanged)]


@asynccontextmanager
async def _scene(folder: Path) -> AsyncGenerator[_Scene, None]:
    path = folder / "shop.sqlite3"
    async with open_core(path, busy_timeout_seconds=0.01) as core:
        deputy = await core.deputy()
        order = placed(await core.buy(deputy, "Before the fault")).order
        assert len(await core.audit()) == 2
        with core.feed.subscribe() as reader:
            yield _Scene(core, path, deputy, order, reader)


@requirement("O12")
async def test_a_deleted_database_is_refused_until_it_is_put_back(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        away = scene.path.rename(tmp_path / "away")

        await scene.everything_is_refused()
        await scene.reading_is_refused()
        assert not scene.path.exists()

        away.rename(scene.path)
        await scene.everything_works()


@requirement("O12")
async def test_garbage_in_place_of_the_database_is_refused_until_it_is_replaced(
    tmp_path: Path,
) -> None:
    async with _scene(tmp_path) as scene:
        away = scene.path.rename(tmp_path / "away")
        scene.path.write_bytes(b"garbage" * 10_000)

        await scene.everything_is_refused()
        await scene.reading_is_refused()
        assert scene.path.read_bytes() == b"garbage" * 10_000

        away.rename(scene.path)
        await scene.everything_works()


@requirement("O12")
@pytest.mark.parametrize("garbage", [b"", b"garbage", b"garbage" * 10_000])
async def test_an_overwritten_database_is_refused_until_it_is_written_back(
    tmp_path: Path, garbage: bytes
) -> None:
    async with _scene(tmp_path) as scene:
        content = scene.path.read_bytes()
        scene.path.write_bytes(garbage)

        await scene.everything_is_refused()
        await scene.reading_is_refused()

        scene.path.write_bytes(content)
        await scene.everything_works()


@requirement("O12")
async def test_an_empty_database_does_not_take_the_place_of_a_deleted_one(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        scene.path.unlink()
        await scene.reading_is_refused()
        assert not scene.path.exists()
        scene.path.touch()
        await scene.reading_is_refused()

        with pytest.raises(StoreUnavailable):
            await scene.core.buy(scene.deputy)

        assert scene.path.stat().st_size == 0


@requirement("O12")
async def test_a_good_copy_takes_the_place_of_a_deleted_database(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        backup, former = tmp_path / "backup", tmp_path / "former"
        _copy(scene.path, backup)
        for _ in range(20):
            await scene.core.buy(scene.deputy)
        scene.path.rename(former)
        backup.rename(scene.path)

        # The orders since the copy were in the former file's log, which must not be played in.
        orders = await scene.core.orders(scene.deputy)
        assert orders == (scene.order,)
        await scene.core.buy(scene.deputy)
        judge(await scene.core.audit())
    async with open_core(former) as core:
        assert len(await core.orders(scene.deputy)) == 21
    async with open_core(scene.path) as core:
        assert len(await core.orders(scene.deputy)) == 2


@requirement("O12")
async def test_a_good_copy_is_taken_without_the_former_ones_log_as_well(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        backup = tmp_path / "backup"
        _copy(scene.path, backup)
        scene.path.unlink()
        scene.path.with_name(scene.path.name + "-wal").unlink()
        backup.replace(scene.path)

        await scene.core.buy(scene.deputy)
        assert len(await scene.core.orders(scene.deputy)) == 2
        judge(await scene.core.audit())


@requirement("O12")
async def test_a_good_copy_is_taken_once_there_is_room_for_it(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        backup = tmp_path / "backup"
        _copy(scene.path, backup)
        backup.replace(scene.path)

        with largest_file(1):
            await scene.everything_is_refused()

        await scene.everything_works()


@requirement("O12")
async def test_a_full_disk_is_refused_until_there_is_room(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        log = scene.path.with_name(scene.path.name + "-wal")

        with largest_file(log.stat().st_size):
            await scene.everything_is_refused()
            # What is there can be read.
            assert len(await scene.core.audit()) == 2

        await scene.everything_works()


@requirement("O12")
async def test_a_database_without_room_for_a_page_is_refused_until_it_has_one(
    tmp_path: Path,
) -> None:
    async with _scene(tmp_path) as scene:
        with largest_file(1):
            await scene.everything_is_refused()

        await scene.everything_works()


@requirement("O12")
async def test_a_locked_database_is_refused_until_it_is_let_go(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        other = sqlite3.connect(scene.path, isolation_level=None)
        other.execute("begin immediate")

        await scene.everything_is_refused()
        assert len(await scene.core.audit()) == 2

        other.execute("rollback")
        await scene.everything_works()
        other.close()


@requirement("O12")
async def test_a_read_only_database_is_refused_until_it_can_be_written(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        with _read_only(scene.path):
            await scene.everything_is_refused()
            assert len(await scene.core.audit()) == 2

        await scene.everything_works()


@requirement("O16")
@pytest.mark.parametrize(
    "statement",
    [
        "create trigger no before insert on audit_entry begin select raise(abort, 'no'); end",
        "create trigger no before insert on audit_private begin select raise(abort, 'no'); end",
        "alter table audit_entry rename to lost",
    ],
)
async def test_what_cannot_be_recorded_does_not_happen(tmp_path: Path, statement: str) -> None:
    async with _scene(tmp_path) as scene:
        _run(scene.path, statement)

        with pytest.raises(StoreUnavailable):
            await scene.core.buy(scene.deputy, "ACME")
        if "audit_entry" in statement:
            with pytest.raises(StoreUnavailable):
                await scene.core.authority.ban_human(ANN.id)
            with pytest.raises(StoreUnavailable):
                await scene.core.authority.revoke_grant(scene.deputy.grant_id)
            with pytest.raises(StoreUnavailable):
                await scene.core.authority.reset()

    other = sqlite3.connect(scene.path)
    assert other.execute("select count(*) from shop_order").fetchone() == (1,)
    assert other.execute("select count(*) from ban").fetchone() == (0,)
    assert other.execute("select count(*) from grant where ended_at_ms is null").fetchone() == (1,)
    other.close()


async def test_the_reason_of_a_fault_is_told_with_the_time(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        scene.path.rename(tmp_path / "away")

        with pytest.raises(StoreUnavailable):
            await scene.core.authority.ban_human(ANN.id)

        assert scene.reader.take() == [
            StoreChanged(
                False,
                "the database file is gone (No such file or directory)",
                scene.core.clock.ms,
            )
        ]


async def test_what_a_failed_transaction_recorded_reaches_nobody(tmp_path: Path) -> None:
    async with _scene(tmp_path) as scene:
        log = scene.path.with_name(scene.path.name + "-wal")

        with largest_file(log.stat().st_size), pytest.raises(StoreUnavailable):
            await scene.core.buy(scene.deputy)

        assert not any(isinstance(event, AuditEntry) for event in scene.reader.take())


def _copy(path: Path, backup: Path) -> None:
    source, target = sqlite3.connect(path), sqlite3.connect(backup)
    source.backup(target)
    target.close()
    source.close()


def _run(path: Path, statement: str) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute(statement)
    other.close()


@contextmanager
def _read_only(path: Path) -> Generator[None, None, None]:
    """Write a format version into the file that SQLite may read and not write.

    https://www.sqlite.org/fileformat.html section 1.3.3
    """
    other = sqlite3.connect(path, isolation_level=None)
    (version,) = other.execute("pragma data_version").fetchone()
    assert version
    other.execute("create table touched (a)")
    other.execute("drop table touched")
    assert other.execute("pragma wal_checkpoint(truncate)").fetchone()[0] == 0
    file = os.open(path, os.O_RDWR)
    os.pwrite(file, b"\x03", 18)
    try:
        yield
    finally:
        os.pwrite(file, b"\x02", 18)
        os.close(file)
        other.close()
