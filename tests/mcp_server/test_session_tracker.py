"""What a request hears whose session ends meanwhile."""

import logging
from collections.abc import Mapping

import anyio
import pytest

from tests.mcp_server.stage import LEGACY, Stage, open_legacy_session

pytestmark = pytest.mark.anyio

_ROUNDS = 25
"""Far more than it takes: about every second round finds the session half gone."""


async def test_requests_of_a_session_that_is_deleted_meanwhile_hear_that_it_is_gone(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    statuses: set[int] = set()

    async def post(session: dict[str, str], message: Mapping[str, object]) -> None:
        body = {"jsonrpc": "2.0", **message}
        answer = await http.post(stage.url, headers=LEGACY | session, json=body)
        statuses.add(answer.status_code)

    async with stage.http() as http:
        for _ in range(_ROUNDS):
            session = {"mcp-session-id": await open_legacy_session(stage, http)}
            async with anyio.create_task_group() as tasks:
                for number in range(3):
                    tasks.start_soon(post, session, {"id": number, "method": "tools/list"})
                tasks.start_soon(post, session, {"method": "notifications/initialized"})
                deleted = await http.delete(stage.url, headers=LEGACY | session)
                assert deleted.status_code == 200

    assert 404 in statuses
    assert statuses <= {200, 202, 404}
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
