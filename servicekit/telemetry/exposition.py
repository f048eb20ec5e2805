"""Write metrics in the text format of Prometheus.

Every metric of the platform begins with ``smsblaster_``. Metrics that had another name in the
previous release are also written under that name, so that an operator can change rules and
dashboards after the update.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import REGISTRY, CollectorRegistry, Metric, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

PREFIX = "smsblaster_"

# Remove these names, and this module's code for them, with the release after the next one.
_RENAMED = frozenset(
    {
        "billing_ledger_mismatches",
        "bus_consumers_at_fault",
        "bus_messages",
        "bus_stream_bytes",
        "bus_streams_at_fault",
        "campaigns_recipients_planned",
        "clock_offset_seconds",
        "dependency_up",
        "gateway_signing_keys_unreadable",
        "hints_dropped",
        "http_request_seconds",
        "inbound_poll_behind_seconds",
        "job_items_failed",
        "job_items_resolved",
        "log_lines_lost",
        "rate_limit_store_away",
        "rate_limit_store_failures",
        "rpc_seconds",
        "security_events",
        "sms_handed_over",
        "stream_open",
        "stream_resyncs",
        "twilio_accounts_unreadable",
        "webhook_call_seconds",
        "webhook_calls",
        "webhook_calls_under_way",
        "webhook_dead_letters",
        "webhook_seconds",
    }
)
_NAME = re.compile(
    rf"(# (?:HELP|TYPE) )?{PREFIX}(\w+?)(?:_(?:total|bucket|count|sum|created))?[{{ ]"
)


def own_metrics() -> str:
    """Return the metrics of this process."""
    return _text(REGISTRY.collect())


def with_old_names(text: str) -> bytes:
    """Add the names of the previous release to a text of metrics."""
    return (text + "".join(_under_old_names(text.splitlines(keepends=True)))).encode()


def merged(texts: Mapping[str, str]) -> str:
    """Merge the metrics of several processes of one service.

    ``texts`` are their metrics by the value of the label ``worker`` that each sample gets.
    """
    families: dict[str, Metric] = {}
    for worker, text in texts.items():
        for family in text_string_to_metric_families(text):
            into = families.setdefault(
                family.name, Metric(family.name, family.documentation, family.type)
            )
            into.samples += [
                sample._replace(labels={**sample.labels, "worker": worker})
                for sample in family.samples
            ]
    return _text(families.values())


def _under_old_names(lines: Iterable[str]) -> Iterator[str]:
    # Text is changed, because parsing it would take most of the time of a scrape.
    for line in lines:
        found = _NAME.match(line)
        if found and found[2] in _RENAMED:
            yield line.replace(PREFIX, "", 1).replace('job_name="', 'job="')


class _Families(Collector):
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _text(families: Iterable[Metric]) -> str:
    registry = CollectorRegistry()
    registry.register(_Families(families))
    return generate_latest(registry).decode()
