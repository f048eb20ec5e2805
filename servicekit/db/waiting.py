"""Describe the rows that wait in a table, for the metrics: how many, and for how long."""

from dataclasses import dataclass

MOST = 10_000
"""Rows that a measurement counts at most, so that it stays cheap when much waits."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """The count of waiting rows, up to ``MOST``, and the seconds that the oldest one has waited."""

    items: int
    oldest_seconds: float
