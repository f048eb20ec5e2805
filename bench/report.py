"""Print the measured figures, each next to that of the simple program that it is compared with."""

from dataclasses import dataclass

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure.

    ``ratio`` is the platform's value divided by that of the simple program; ``wanted`` is its
    target.

    ``at_most``: the ratio must be at most ``wanted``, because smaller is better.
    """

    name: str
    ours: str
    yardstick: str
    ratio: float
    wanted: float
    at_most: bool = False

    @property
    def reached(self) -> bool:
        """Whether the ratio is as good as its target."""
        return self.ratio <= self.wanted if self.at_most else self.ratio >= self.wanted


def show(console: Console, figures: list[Figure]) -> None:
    """Print the table of figures."""
    table = Table(title="Ours beside the yardstick, measured in one run")
    for column in ("figure", "ours", "yardstick", "ratio", "wanted", ""):
        table.add_column(column, justify="right" if column in ("ratio", "wanted") else "left")
    for figure in figures:
        sign = "≤" if figure.at_most else "≥"
        mark = "[green]✓[/]" if figure.reached else "[red]✗[/]"
        table.add_row(
            figure.name,
            figure.ours,
            figure.yardstick,
            f"{figure.ratio:.2f}",
            f"{sign} {figure.wanted:g}",
            mark,
        )
    console.print(table)


def memory_figure(work: str, growth: float, limit: float) -> Figure:
    """Return the figure for how much the memory of any process grew, in MiB."""
    name = f"{work}, memory growth of any process, MiB"
    return Figure(name, f"{growth:.0f}", f"{limit:.0f}", growth / limit, 1, at_most=True)
