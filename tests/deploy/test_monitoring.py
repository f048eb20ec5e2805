"""Alerts fire on their faults and only then, and rules and dashboards name metrics that exist."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy.monitoring.__main__ import FOLDER, file_of, prometheus_rule, text_of
from deploy.monitoring.grafana import Dashboard
from deploy.monitoring.panels import DASHBOARDS
from tests.deploy.compose_file import ROOT
from tests.deploy.manifests import KUBERNETES

RULES = sorted((FOLDER / "rules").glob("*.yaml"))
TESTS = sorted((FOLDER / "tests").glob("*.yaml"))
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
RUNBOOKS = ROOT / "docs" / "runbooks"
SECTIONS = (
    "## What it means",
    "## What customers notice",
    "## How to look",
    "## What to do",
    "## How to see that it is over",
)

_NAME = re.compile(r"\bsmsblaster[_:][a-z_:0-9]+")
_SUFFIX = re.compile(r"_(bucket|count|sum)$")
_JOB_NAME = re.compile(r'job_name="([\w-]+)"')


def rules() -> Iterator[dict[str, Any]]:
    """Read every rule: alerts, and ratios that are computed for them."""
    for path in RULES:
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            yield from group["rules"]


ALERTS = [rule for rule in rules() if "alert" in rule]
NAMES = sorted({alert["alert"] for alert in ALERTS})


@cache
def known() -> frozenset[str]:
    """Return the names of the metrics in docs/operations.md's table, and of computed ratios."""
    metrics = set(re.findall(r"^\| `(smsblaster_\w+)` \|", OPERATIONS, re.MULTILINE))
    return frozenset(metrics) | {rule["record"] for rule in rules() if "record" in rule}


def unknown(text: str) -> set[str]:
    """Return the names in ``text`` that no metric has."""
    names = set(_NAME.findall(text))
    return {n for n in names if n not in known() and _SUFFIX.sub("", n) not in known()}


@pytest.mark.parametrize("path", [*RULES, *TESTS], ids=lambda path: path.name)
def test_rules_and_their_tests_name_metrics_that_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert _NAME.search(text)
    assert not unknown(text)


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_an_alert_states_its_duration_its_severity_and_what_to_do(alert: dict[str, Any]) -> None:
    assert re.fullmatch(r"\d+m", alert["for"])
    assert alert["labels"]["severity"] in ("critical", "warning")
    assert alert["annotations"]["summary"]
    page = ROOT / alert["annotations"]["runbook_url"]
    assert page == RUNBOOKS / f"{alert['alert']}.md"
    assert page.exists()


@pytest.mark.parametrize("name", NAMES)
def test_a_runbook_has_every_section_and_names_metrics_that_exist(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    assert tuple(re.findall(r"^## .+$", text, re.MULTILINE)) == SECTIONS
    assert not unknown(text)
    assert f"| [{name}]({name}.md) |" in (RUNBOOKS / "README.md").read_text(encoding="utf-8")


def test_every_runbook_belongs_to_an_alert() -> None:
    pages = {path.stem for path in RUNBOOKS.glob("*.md")} - {"README"}
    assert pages == set(NAMES)


def test_every_job_in_a_runbook_exists() -> None:
    texts = [path.read_text(encoding="utf-8") for path in RUNBOOKS.glob("*.md")]
    named = {job for text in texts for job in _JOB_NAME.findall(text)}
    assert named
    assert not [job for job in named if f"`{job}`" not in OPERATIONS]


def test_every_alert_has_a_test_in_which_its_fault_happens() -> None:
    faults = yaml.safe_load((FOLDER / "tests" / "faults.yaml").read_text(encoding="utf-8"))
    assert {fault["name"] for fault in faults["tests"]} == set(NAMES)


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_alerts_fire_on_their_faults_and_are_silent_on_a_healthy_day(path: Path) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed (apt-get install prometheus): no alert is tried")
    command = [promtool, "test", "rules", str(path)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_rules_for_kubernetes_link_to_the_runbooks_of_the_operator() -> None:
    printed = prometheus_rule("https://wiki.example.com/runbooks")
    links = [
        rule["annotations"]["runbook_url"]
        for group in printed["spec"]["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]
    assert len(links) == len(ALERTS)
    assert all(link.startswith("https://wiki.example.com/runbooks/") for link in links)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.name)
def test_a_dashboard_names_metrics_that_exist(dashboard: Dashboard) -> None:
    for panel in dashboard.panels:
        for query, _ in panel.queries:
            assert _NAME.search(query)
            assert not unknown(query)


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.name)
def test_the_file_of_a_dashboard_is_up_to_date(dashboard: Dashboard) -> None:
    text = file_of(dashboard).read_text(encoding="utf-8")
    assert text == text_of(dashboard), "run python -m deploy.monitoring dashboards"
    assert len(json.loads(text)["panels"]) == len(dashboard.panels)


def test_every_pod_is_scraped_by_the_pod_monitor() -> None:
    path = KUBERNETES / "components" / "monitoring" / "pod-monitor.yaml"
    monitor = yaml.safe_load(path.read_text(encoding="utf-8"))
    [endpoint] = monitor["spec"]["podMetricsEndpoints"]
    patch = (KUBERNETES / "base" / "patches" / "deployment.yaml").read_text(encoding="utf-8")
    deployment = yaml.safe_load(patch)
    [container] = deployment["spec"]["template"]["spec"]["containers"]
    assert endpoint["port"] in {port["name"] for port in container["ports"]}
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    labels |= {"app.kubernetes.io/part-of": "smsblaster"}  # kustomize adds it everywhere
    assert monitor["spec"]["selector"]["matchLabels"].items() <= labels.items()
