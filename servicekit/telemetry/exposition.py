"""Write metrics in the text format of Prometheus.

Every metric of the platform begins with ``smsblaster_``. Metrics that had another name in the
previous release are also written under that name, so that an operator can change rules and
dashboards after the update.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from prometheus_client import REGISTRY, generate_latest

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
_FAMILY = re.compile(r"^(?=# HELP )", re.MULTILINE)


def own_metrics() -> str:
    """Return the metrics of this process."""
    return generate_latest(REGISTRY).decode()


def with_old_names(text: str) -> bytes:
    """Return the metrics as bytes, and repeat renamed metrics under their previous names."""
    return (text + "".join(_under_old_names(text.splitlines(keepends=True)))).encode()


def merged(texts: Mapping[str, str]) -> str:
    """Merge the metrics of several processes of one service, as :func:`own_metrics` returns them.

    ``texts`` has the metrics of each process. Its key becomes the label ``worker`` of their
    samples.
    """
    families: dict[str, list[str]] = {}
    for worker, text in texts.items():
        label = f'worker="{worker}"'
        for family in _FAMILY.split(text):
            head, samples = _parts(family)
            families.setdefault(head, []).extend(_labelled(samples, label))
    return "".join(head + "".join(samples) for head, samples in families.items())


# Text is changed, because parsing it would take most of the time of a scrape.


def _parts(family: str) -> tuple[str, str]:
    """Return the lines HELP and TYPE of a family, and the lines of its samples."""
    end = family.find("\n", family.find("\n# TYPE ") + 1) + 1
    return family[:end], family[end:]


def _labelled(samples: str, label: str) -> Iterator[str]:
    """Return the lines of ``samples`` with one more label, which comes before the others."""
    for line in samples.split("\n"):
        name, brace, rest = line.partition("{")
        if brace:
            yield f"{name}{{{label},{rest}\n"
        elif line:
            name, _, value = line.partition(" ")
            yield f"{name}{{{label}}} {value}\n"


def _under_old_names(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        found = _NAME.match(line)
        if found and found[2] in _RENAMED:
            yield line.replace(PREFIX, "", 1).replace('job_name="', 'job="')
