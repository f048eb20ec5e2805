"""Counters begin at 0 when a process starts, so that alerting notices the first increase."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import get_args

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from servicekit.bus.logins import CONSUMERS
from services.billing.domain.ledger import Source
from services.messaging.sending.domain.outcomes import Verdict
from tests.architecture.source import ROOT, sources
from tests.architecture.test_isolation import LOOPS, jobs
from tests.fixtures.platform import Platform
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

NAMES = {consumer.name for consumer in CONSUMERS}


@cache
def expected() -> Mapping[str, set[tuple[str, ...]]]:
    """Return the label values that each counter must have from the start."""
    # The loop `rewrap` runs in no process of its own, so it reports no counters. The loops `jobs`
    # and `send` also count failed items.
    items = {name.partition("/")[2] for name in jobs() | LOOPS} - {"rewrap"} | {"jobs", "send"}
    taken = NAMES - {"messaging-senders"}
    return {
        "smsblaster_billing_cents": {
            (source, kind) for source in get_args(Source) for kind in ("debit", "credit")
        },
        "smsblaster_bus_messages": {
            (name, outcome) for name in taken for outcome in ("done", "buried")
        },
        "smsblaster_job_items_failed": {(job,) for job in items},
        "smsblaster_job_items_resolved": {(job,) for job in items},
        "smsblaster_messages_ended": {("delivered",), ("undelivered",), ("failed",)},
        "smsblaster_security_events": {("cross_org_access",)},
        "smsblaster_stream_resyncs": {("connected",), ("gap",), ("overflow",)},
        "smsblaster_sms_handed_over": {(verdict.value,) for verdict in Verdict},
        "smsblaster_webhook_calls": {("succeeded",), ("failed",)},
        "smsblaster_webhook_dead_letters": {(name,) for name in NAMES | {"nobody", "jobs"}},
    }


def declared() -> Iterator[str]:
    """Return the name of every counter with labels in the code, without the suffix ``_total``."""
    for source in sources("services", "servicekit"):
        for node in () if source.is_test else ast.walk(source.tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Counter":
                name = node.args[0] if len(node.args) > 2 else None
                if isinstance(name, ast.Constant):
                    yield str(name.value).removesuffix("_total")


def metrics_of(url: str) -> str:
    """Return the metrics of a process; an empty text while it is being started again."""
    try:
        return httpx.get(url).text
    except httpx.TransportError:
        return ""


def metrics_with(url: str, text: str) -> str:
    """Return the metrics of a process if they contain `text`, else an empty text."""
    metrics = metrics_of(url)
    return metrics if text in metrics else ""


def told(platform: Platform) -> dict[str, set[tuple[str, ...]]]:
    """Return the counters that the processes report, each with its label values."""
    found: dict[str, set[tuple[str, ...]]] = {}
    for url in platform.stack.metrics_urls.values():
        for family in text_string_to_metric_families(metrics_of(url)):
            for sample in family.samples:
                if sample.name.endswith("_total"):
                    labels = tuple(sample.labels.values())
                    found.setdefault(family.name, set()).add(labels)
    return found


def test_every_counter_with_labels_has_its_labels_listed_in_this_file() -> None:
    assert set(declared()) == set(expected())


def test_the_processes_export_what_the_table_of_metrics_lists(platform: Platform) -> None:
    table = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"^\| `(smsblaster_\w+)` \|", table, re.MULTILINE))

    def exported() -> set[str]:
        texts = map(metrics_of, platform.stack.metrics_urls.values())
        found = re.findall(r"^# TYPE (smsblaster_\w+) ", "\n".join(texts), re.MULTILINE)
        return {name for name in found if not name.endswith("_created")}

    wait_until_sync(lambda: exported() >= listed, message=f"lacking: {listed - exported()}")
    assert exported() == listed


def test_every_process_exports_its_build_and_the_old_metric_names(platform: Platform) -> None:
    for url in platform.stack.metrics_urls.values():
        text = wait_until_sync(partial(metrics_with, url, "\nsmsblaster_build_info{"))
        assert re.search(r"^dependency_up\{", text, re.MULTILINE)


def test_every_counter_exists_from_the_start(platform: Platform) -> None:
    def missing() -> dict[str, set[tuple[str, ...]]]:
        there = told(platform)
        lacking = {name: labels - there.get(name, set()) for name, labels in expected().items()}
        return {name: labels for name, labels in lacking.items() if labels}

    wait_until_sync(lambda: not missing(), message=f"missing: {missing()}")


@pytest.mark.parametrize("name", ["sender-1", "billing", "gateway", "webhooks"])
def test_a_process_that_has_just_started_reports_zeros(platform: Platform, name: str) -> None:
    process = platform.stack.process(name)
    before = process.pid
    process.kill()
    wait_until_sync(lambda: process.pid not in (None, before))
    platform.stack.wait_ready(name)

    def failed() -> list[float]:
        families = text_string_to_metric_families(httpx.get(platform.stack.metrics_urls[name]).text)
        counters = {family.name: family.samples for family in families if family.name in expected()}
        return [sample.value for sample in counters["smsblaster_job_items_failed"]]

    # The service webhooks takes work before its jobs have started, so its counters may come later.
    assert not any(wait_until_sync(failed))
