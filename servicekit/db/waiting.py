"""How much waits in a table, and for how long, as measured for Prometheus."""

from dataclasses import dataclass

MOST = 10_000
"""Rows that a measurement counts at most, so that it stays cheap when much waits."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Rows that wait, up to ``MOST``, and the seconds that the oldest one has waited."""

    items: int
    oldest_seconds: float
