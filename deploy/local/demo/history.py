"""Export the history as a file, and compare each row with the provider's record and the ledger."""

import csv
import io
from collections.abc import Mapping, Sequence

from deploy.local.demo.comparison import differences, differing
from deploy.local.demo.screen import Screen
from deploy.local.testkit.books import Books, Check
from deploy.local.testkit.organisation import Organisation


class HistoryFile:
    """The organisation's exported history."""

    def __init__(self, organisation: Organisation, screen: Screen) -> None:
        self._org = organisation
        self._screen = screen
        self._rows: Sequence[Mapping[str, str]] = ()

    def play(self) -> None:
        """Export everything that was sent."""
        file = self._org.api.download("/api/history/messages/export")
        self._rows = list(csv.DictReader(io.StringIO(file.removeprefix("\ufeff"), newline="")))
        self._screen.line(f"exported the history: {len(self._rows):,} rows, {len(file):,} bytes")

    def checks(self, books: Books) -> Sequence[Check]:
        """Return the checks of the file, each with the differences that were found."""
        taken = {str(text.message_id): (text.sid, text.status) for text in books.texts}
        told = {row["Id"]: (row["Provider id"], row["Status"]) for row in self._rows}
        prices = {row["Id"]: [-int(row["Price (cents)"])] for row in self._rows}
        return [
            Check(
                "the exported history has one row for each text, with its status",
                [
                    *differences({"the number of rows": (len(self._rows), len(taken))}),
                    *differing(told, taken),
                ],
            ),
            Check("its prices are those of the ledger", differing(prices, books.charges)),
        ]
