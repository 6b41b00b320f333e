"""The newest calls, in the order in which the control room heard of them.

May import model.
"""

from collections import deque
from dataclasses import replace

from mcp_shop_console.control_room.rows import CallOutcome, CallRow


class CallLog:
    """A bounded run of calls: found by serial number and by id, replaced in place."""

    def __init__(self, most_calls: int) -> None:
        self._rows: deque[CallRow] = deque()
        self._most_calls = most_calls
        self._serial_of: dict[str, int] = {}
        self._open: set[int] = set()
        self.end = 0
        """The serial number that the next call gets; so many calls there have been."""

    @property
    def first(self) -> int:
        """The serial number of the oldest call that is still here."""
        return self.end - len(self._rows)

    def add(self, row: CallRow) -> None:
        if len(self._rows) == self._most_calls:
            self._forget(self._rows.popleft())
        self._rows.append(row)
        self._serial_of[row.id] = row.serial
        self.end = row.serial + 1
        self._note_open(row)

    def get(self, serial: int) -> CallRow | None:
        return self._rows[serial - self.first] if self.first <= serial < self.end else None

    def find(self, call_id: str) -> CallRow | None:
        serial = self._serial_of.get(call_id)
        return None if serial is None else self.get(serial)

    def replace(self, row: CallRow) -> None:
        """Put ``row`` where the call of its serial number stood."""
        self._rows[row.serial - self.first] = row
        self._note_open(row)

    @property
    def open_count(self) -> int:
        """How many calls are not answered yet."""
        return len(self._open)

    def close_all(self) -> None:
        """The process that would have answered them is gone."""
        for row in [self._rows[serial - self.first] for serial in self._open]:
            self.replace(replace(row, outcome=CallOutcome.GONE))

    def _note_open(self, row: CallRow) -> None:
        (self._open.add if row.outcome.is_open else self._open.discard)(row.serial)

    def _forget(self, row: CallRow) -> None:
        self._open.discard(row.serial)
        if self._serial_of.get(row.id) == row.serial:
            del self._serial_of[row.id]
