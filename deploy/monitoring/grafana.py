"""Dashboards in the format of Grafana."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT, _COLUMNS = 8, 8, 3


@dataclass(frozen=True)
class Panel:
    """A graph: its title, the unit of its values, and a query with a legend for each group."""

    title: str
    unit: str
    queries: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Dashboard:
    """A dashboard: its file's name, its title and its panels, from left to right."""

    name: str
    title: str
    panels: Sequence[Panel]


def as_grafana_reads_it(dashboard: Dashboard) -> dict[str, object]:
    """Return a dashboard in Grafana's format. Its data source is chosen in Grafana."""
    return {
        "uid": f"smsblaster-{dashboard.name}",
        "title": dashboard.title,
        "tags": ["smsblaster"],
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "type": "datasource", "query": "prometheus"}],
        },
        "panels": list(_panels(dashboard.panels)),
    }


def _panels(panels: Sequence[Panel]) -> Iterator[dict[str, object]]:
    for number, panel in enumerate(panels):
        row, column = divmod(number, _COLUMNS)
        place = {"x": column * _WIDTH, "y": row * _HEIGHT, "w": _WIDTH, "h": _HEIGHT}
        yield {
            "id": number + 1,
            "type": "timeseries",
            "title": panel.title,
            "gridPos": place,
            "datasource": {"type": "prometheus", "uid": "${source}"},
            "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
            "targets": [
                {"refId": chr(ord("A") + n), "expr": query, "legendFormat": _legend(label)}
                for n, (query, label) in enumerate(panel.queries)
            ],
        }


def _legend(label: str) -> str:
    return f"{{{{{label}}}}}" if label else "__auto"
