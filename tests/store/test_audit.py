"""The audit: a chain that refuses change, and shows it where it was forced."""

import hashlib
import json
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcp_shop_console.model.audit import AuditEntry, AuditKind, Outcome
from mcp_shop_console.model.canonical import canonical_json
from mcp_shop_console.model.deputies import Agent, Call, Rank, Session
from mcp_shop_console.store.audit import AuditTable
from mcp_shop_console.store.transaction import Transaction
from tests.core import ANN, AT_MS, CLAUDE, Core, open_core
from tests.requirement import requirement

_ANYIO = pytest.mark.anyio
_CALL = Call("call", "buyMcpShopItem", Session("5e55", "claude-code", "2.0", "2025-11-25"), 17)
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
_FORBIDDEN = (
    "update audit_entry set body = '{}' where seq = 1",
    "update audit_entry set hash = '' where seq = 1",
    "update audit_entry set seq = 99 where seq = 1",
    "delete from audit_entry where seq = 1",
    "insert into audit_entry (seq, body, hash) values (99, '{}', '')",
    "insert into audit_entry (seq, body, hash) values (0, '{}', '')",
    "insert or replace into audit_entry (seq, body, hash) values (1, '{}', '')",
    "update audit_private set value = 'other'",
    "update audit_private set salt = x'00', value = null",
    "update audit_private set name = 'other', value = null",
    "update audit_private set seq = 2, value = null",
    "delete from audit_private",
)


@_ANYIO
async def test_every_field_of_an_entry_comes_back(core: Core) -> None:
    def append(tx: Transaction) -> AuditEntry:
        tx.humans.save(ANN, tx.now_ms)
        return tx.audit.append(
            AuditKind.ORDER_PLACED,
            actor=Rank.AGENT,
            outcome=Outcome.REFUSED,
            human=ANN,
            agent=CLAUDE,
            grant_id="grant",
            consent_id="consent",
            call=_CALL,
            code="banned",
            facts={"number": 7, "size": "L", "is_odd": True},
            private={"company": "ACME", "mailing_address": "1 Road\nTown"},
        )

    appended = await core.database.write(append)

    (entry,) = await core.audit()
    assert entry == appended
    assert entry == AuditEntry(
        seq=1,
        at_ms=AT_MS,
        kind=AuditKind.ORDER_PLACED,
        actor=Rank.AGENT,
        outcome=Outcome.REFUSED,
        human=ANN,
        agent=CLAUDE,
        grant_id="grant",
        consent_id="consent",
        call=_CALL,
        code="banned",
        facts={"number": 7, "size": "L", "is_odd": True},
        private={"company": "ACME", "mailing_address": "1 Road\nTown"},
        hash=entry.hash,
    )


@_ANYIO
async def test_an_entry_about_nobody_comes_back(core: Core) -> None:
    entry = await core.database.write(
        lambda tx: tx.audit.append(AuditKind.SERVER_STARTED, actor=Rank.SYSTEM)
    )

    assert await core.audit() == [entry]
    assert (entry.human, entry.agent, entry.call) == (None, None, None)


@_ANYIO
@pytest.mark.parametrize("kind", AuditKind)
async def test_entries_are_found_by_kind(core: Core, kind: AuditKind) -> None:
    def append(tx: Transaction) -> None:
        for each in (*AuditKind, *AuditKind):
            tx.audit.append(each, actor=Rank.SYSTEM)

    await core.database.write(append)

    found = await core.database.read(lambda tx: tx.audit.of_kinds(frozenset({kind}), 10))
    assert [entry.kind for entry in found] == [kind, kind]
    assert found[0].seq < found[1].seq
    newest = await core.database.read(lambda tx: tx.audit.of_kinds(frozenset({kind}), 1))
    assert newest == found[1:]


@requirement("O15")
@_ANYIO
async def test_each_hash_covers_the_one_before_and_the_canonical_entry(tmp_path: Path) -> None:
    await _three_entries(tmp_path)

    with _opened(tmp_path) as connection:
        rows = connection.execute("select seq, body, hash from audit_entry").fetchall()

    previous = "0" * 64
    for _, body, digest in rows:
        assert body == canonical_json(json.loads(body))
        assert digest == hashlib.sha256((previous + body).encode()).hexdigest()
        previous = digest
    async with open_core(tmp_path / "shop.sqlite3") as core:
        assert await core.database.read(lambda tx: tx.audit.head()) == (3, previous)


@requirement("O15")
@_ANYIO
async def test_private_data_is_in_no_entry_but_as_a_salted_hash(tmp_path: Path) -> None:
    await _three_entries(tmp_path)

    with _opened(tmp_path) as connection:
        bodies = [json.loads(b) for (b,) in connection.execute("select body from audit_entry")]
        rows = connection.execute("select seq, name, salt, value from audit_private").fetchall()

    assert [(seq, name, value) for seq, name, _, value in rows] == [
        (1, "company", "Company 1"),
        (2, "company", "Company 2"),
        (3, "company", "Company 2"),
    ]
    for body, (_, name, salt, value) in zip(bodies, rows, strict=True):
        assert value not in canonical_json(body)
        assert body["private_sha256"] == {name: hashlib.sha256(salt + value.encode()).hexdigest()}
    assert bodies[1]["private_sha256"] != bodies[2]["private_sha256"]


@requirement("O15")
@_ANYIO
@pytest.mark.parametrize("statement", _FORBIDDEN)
async def test_the_database_itself_refuses_change(tmp_path: Path, statement: str) -> None:
    await _three_entries(tmp_path)

    with _opened(tmp_path) as connection, pytest.raises(sqlite3.IntegrityError):
        connection.execute(statement)

    assert await _first_broken(tmp_path) is None


@requirement("O15")
@_ANYIO
async def test_erasing_private_data_keeps_the_chain_whole(tmp_path: Path) -> None:
    await _three_entries(tmp_path)

    async with open_core(tmp_path / "shop.sqlite3") as core:
        before = await core.audit()
        await core.database.write(lambda tx: tx.audit.erase(2))
        after = await core.audit()

    assert [entry.private for entry in after] == [
        {"company": "Company 1"},
        {},
        {"company": "Company 2"},
    ]
    assert [entry.hash for entry in after] == [entry.hash for entry in before]
    assert await _first_broken(tmp_path) is None


@requirement("O15")
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_edit_of_any_entry_is_found_at_its_place(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.getbasetemp() / "edits"
    if not folder.exists():
        folder.mkdir()
        anyio.run(_three_entries, folder)
    seq = data.draw(st.integers(1, 3))
    table, column = data.draw(
        st.sampled_from([("entry", "body"), ("entry", "hash"), ("private", "value")])
    )
    with _forced(folder) as connection:
        (text,) = connection.execute(f"select {column} from audit_{table} where seq = {seq}")
        start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(text[0]))] * 2)))
        edited = text[0][:start] + data.draw(_texts) + text[0][end:]
        connection.execute(f"update audit_{table} set {column} = ? where seq = ?", (edited, seq))

        assert AuditTable(connection, 0).first_broken() == (None if edited == text[0] else seq)


@requirement("O15")
@_ANYIO
@pytest.mark.parametrize(
    ("edit", "first_broken"),
    [
        ("delete from audit_entry where seq = 1", 1),
        ("delete from audit_entry where seq = 2", 2),
        ("delete from audit_private where seq = 2", 2),
        ("update audit_private set salt = x'00' where seq = 2", 2),
        ("update audit_private set name = 'other' where seq = 3", 3),
        ("insert into audit_private values (1, 'more', x'00', 'x')", 1),
        ("update audit_entry set seq = seq + 10", 1),
        ("update audit_entry set body = (select body from audit_entry where seq = 1)", 2),
    ],
)
async def test_what_is_cut_swapped_or_moved_is_found(
    tmp_path: Path, edit: str, first_broken: int
) -> None:
    await _three_entries(tmp_path)

    with _forced(tmp_path) as connection:
        connection.execute(edit)

        assert AuditTable(connection, 0).first_broken() == first_broken


@requirement("O15")
@_ANYIO
async def test_there_is_nothing_in_an_entry_that_its_hash_does_not_cover(tmp_path: Path) -> None:
    await _three_entries(tmp_path)

    with _opened(tmp_path) as connection:
        with pytest.raises(sqlite3.OperationalError, match="generated column"):
            connection.execute("update audit_entry set kind = 'order.placed' where seq = 1")
        columns = {row[1] for row in connection.execute("pragma table_info(audit_entry)")}

    assert columns == {"seq", "body", "hash"}


@_ANYIO
async def test_an_endless_name_is_cut_and_a_broken_one_mended_alike_in_store_and_feed(
    core: Core,
) -> None:
    endless = "x" * 1_000_000 + "\ud800"
    agent = Agent("client", endless, "\ud800" + endless)
    call = Call("call", endless, Session("s", endless, "\udfff", endless), 1)

    with core.feed.subscribe() as reader:
        entry = await core.database.write(
            lambda tx: tx.audit.append(
                AuditKind.CALL_REFUSED,
                actor=Rank.AGENT,
                agent=agent,
                call=call,
                facts={"redirect_uri": endless},
            )
        )
        assert reader.take() == [entry] == await core.audit()

    assert entry.agent and entry.call
    assert entry.agent.name == "x" * 256
    assert entry.agent.redirect_host == "?" + "x" * 255
    assert entry.call.session.agent_version == "?"
    assert len(str(entry.facts["redirect_uri"])) == 2048


async def _three_entries(folder: Path) -> None:
    def append(tx: Transaction) -> None:
        for company in ("Company 1", "Company 2", "Company 2"):
            tx.audit.append(AuditKind.CALL_ANSWERED, actor=Rank.AGENT, private={"company": company})

    async with open_core(folder / "shop.sqlite3") as core:
        await core.database.write(append)


async def _first_broken(folder: Path) -> int | None:
    async with open_core(folder / "shop.sqlite3") as core:
        return await core.database.read(lambda tx: tx.audit.first_broken())


@contextmanager
def _opened(folder: Path) -> Generator[sqlite3.Connection, None, None]:
    with closing(sqlite3.connect(folder / "shop.sqlite3", isolation_level=None)) as connection:
        yield connection


@contextmanager
def _forced(folder: Path) -> Generator[sqlite3.Connection, None, None]:
    """The database in the hands of someone who may do everything; nothing is kept."""
    with _opened(folder) as connection:
        connection.execute("begin")
        triggers = connection.execute("select name from sqlite_schema where type = 'trigger'")
        for (name,) in triggers.fetchall():
            connection.execute(f"drop trigger {name}")
        # As a table without rules: what is forced into a file has passed none.
        connection.execute("alter table audit_entry rename to strict_entry")
        connection.execute("create table audit_entry as select seq, body, hash from strict_entry")
        try:
            yield connection
        finally:
            connection.execute("rollback")
