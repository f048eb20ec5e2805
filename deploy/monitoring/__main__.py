"""``python -m deploy.monitoring``: write the dashboards, or print the rules for Kubernetes."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import yaml

from deploy.monitoring.grafana import Dashboard, as_grafana_reads_it
from deploy.monitoring.panels import DASHBOARDS

FOLDER = Path(__file__).resolve().parent
_RUNBOOKS = "docs/runbooks/"


def main() -> None:
    """Run the command that was given on the command line."""
    parser = argparse.ArgumentParser(prog="python -m deploy.monitoring")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("dashboards", help="write the files of the dashboards")
    rules = commands.add_parser("rules", help="print the rules as a PrometheusRule of Kubernetes")
    rules.add_argument("--runbooks", required=True, help="URL of the folder docs/runbooks/")
    arguments = parser.parse_args()
    if arguments.command == "dashboards":
        for dashboard in DASHBOARDS:
            file_of(dashboard).write_text(text_of(dashboard), encoding="utf-8")
    else:
        yaml.safe_dump(prometheus_rule(arguments.runbooks), sys.stdout, sort_keys=False)


def file_of(dashboard: Dashboard) -> Path:
    """Return the file of a dashboard."""
    return FOLDER / "dashboards" / f"{dashboard.name}.json"


def text_of(dashboard: Dashboard) -> str:
    """Return the content of a dashboard's file."""
    return json.dumps(as_grafana_reads_it(dashboard), indent=2) + "\n"


def prometheus_rule(runbooks: str) -> dict[str, Any]:
    """Return all rules as one object of Kubernetes, with links that begin with ``runbooks``."""
    groups: list[dict[str, Any]] = []
    for path in sorted((FOLDER / "rules").glob("*.yaml")):
        text = path.read_text(encoding="utf-8").replace(_RUNBOOKS, f"{runbooks.rstrip('/')}/")
        groups += yaml.safe_load(text)["groups"]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "smsblaster"},
        "spec": {"groups": groups},
    }


if __name__ == "__main__":
    main()
