"""Print the demo: its steps, a progress bar, a table of figures and the results of the checks."""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from deploy.local.testkit.api import Json
from deploy.local.testkit.books import Check

# Seconds between two lines of progress if there is no terminal for a progress bar.
_LINE_EVERY = 2.0


class CampaignProgress:
    """The progress of a campaign: a bar on a terminal, else a line every few seconds."""

    def __init__(self, console: Console, total: int) -> None:
        self._console = console
        self._total = total
        self._started = time.monotonic()
        self._line_due = self._started
        self._bar = Progress(
            TextColumn("           sending"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[figures]}"),
            TimeElapsedColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task("sending", total=total, figures="")

    @contextmanager
    def shown(self) -> Iterator[None]:
        """Show the progress bar until the `with` block ends."""
        with self._bar:
            yield

    def update(self, metrics: Json) -> None:
        """Update the progress bar with a campaign's figures."""
        done = handed_over(metrics)
        rate = done / (time.monotonic() - self._started + 1e-9)
        delivered, failed = metrics["delivered"], metrics["failed"]
        figures = f"{rate:.0f}/s, {delivered} delivered, {failed} failed"
        self._bar.update(self._task, completed=done, figures=figures)
        if not self._console.is_terminal and time.monotonic() >= self._line_due:
            self._line_due += _LINE_EVERY
            self._console.print(f"           sending {done}/{self._total}, {figures}")


class Screen:
    """Prints the demo while it runs. The lines are plain text if stdout is not a terminal."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds since the demo began."""
        return time.monotonic() - self._started

    def line(self, text: str) -> None:
        """Print one step."""
        self._console.print(Text.assemble((f"{self.seconds:6.1f} s  ", "dim"), text))

    def act(self, title: str) -> None:
        """Print the title of a part of the demo."""
        self._console.print()
        self._console.print(Text(title, style="bold"))

    def campaign(self, total: int) -> CampaignProgress:
        """Return a progress display for a campaign of this many texts."""
        return CampaignProgress(self._console, total)

    def table(self, title: str, rows: Mapping[str, str]) -> None:
        """Print a table of names and figures."""
        table = Table(title=title, show_header=False, title_justify="left")
        table.add_column()
        table.add_column(justify="right")
        for name, value in rows.items():
            table.add_row(name, value)
        self._console.print()
        self._console.print(table)

    def proof(self, checks: Sequence[Check]) -> None:
        """Print every check, marked as successful or failed."""
        self._console.print()
        for check in checks:
            mark, style = ("✓", "green") if check.holds else ("✗", "bold red")
            self._console.print(Text.assemble((f"  {mark} ", style), str(check)))

    def verdict(self, holds: bool) -> None:
        """Print the last line: whether all checks succeeded."""
        words, style = ("All checks hold", "bold green") if holds else ("Some checks failed", "red")
        self._console.print()
        self._console.print(Text(f"{words} ({self.seconds:.0f} s).", style=style))

    def trouble(self, text: str) -> None:
        """Print why the demo ended early."""
        self._console.print(Text(text, style="red"))


def handed_over(metrics: Json) -> int:
    """Return how many recipients of a campaign are handled: texted, or skipped."""
    open_ones = metrics["pending"] + metrics["unknown"]
    passed_over = metrics["optedOut"] + metrics["invalid"]
    return int(metrics["recipients"] - open_ones - passed_over)
