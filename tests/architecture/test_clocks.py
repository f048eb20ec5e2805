"""Stored times are compared with the database's clock. Code that reads another clock is listed."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import Source, sources

_OWN_CLOCK = {
    "servicekit/tokens.py": "internal tokens, with a tolerance",
    "servicekit/outbound/deadlines.py": "only together with the monotonic clock",
    "servicekit/telemetry/clocks.py": "to measure how far other clocks are from it",
    "services/gateway/http/rate_limit.py": "the seconds until a budget is full again",
    "services/gateway/http/request_log.py": "when a request came, for people",
    "services/gateway/storage/audit.py": "when something was done, for people",
    "services/gateway/storage/signing_keys.py": "the name of a new key, from which its age is read",
    "services/gateway/usecases/manage_api_keys.py": "a first check; the database decides",
    "services/messaging/history/jobs/archive_messages.py": "months",
    "services/messaging/sending/jobs/poll_open.py": "when the provider answered, for people",
    "services/messaging/registration/providers/twilio_a2p.py": "when a review was asked for",
    "services/messaging/history/rpc/admin_stats.py": "the days of a statistic",
    "services/messaging/history/rpc/analytics.py": "the days of a statistic",
    "services/messaging/registration/usecases/advance_brand.py": "when a review was asked for",
    "services/messaging/registration/usecases/advance_campaign.py": "when a review was asked for",
    "services/messaging/history/usecases/download_export.py": "when a link expires",
    "services/messaging/inbox/jobs/report_test_messages.py": "in test mode nobody else has one",
    "services/messaging/inbox/support/stop_and_start.py": "a text that is deleted at the provider",
    "services/messaging/inbox/usecases/download_media.py": "when a link expires",
    "services/contacts/domain/import_rows.py": "dates in a file that can't be in the future",
    "services/campaigns/events/usecases/import_attendees.py": "years that dates in a file lack",
    "servicekit/customer_events.py": "when something happened, for customers",
    "services/webhooks/delivery/jobs/delete_old_deliveries.py": "days",
    "services/webhooks/delivery/providers/endpoint_caller.py": "when a call was made",
    "services/webhooks/delivery/usecases/fetch_events.py": "when an event was signed",
    "services/webhooks/delivery/usecases/replay_deliveries.py": "when a test was asked for",
    "services/webhooks/domain/webhook.py": "when a call came",
    "services/webhooks/http/stripe.py": "the age of a signature, with a tolerance",
}
"""Code that reads its process's own clock, and the reason."""

_PAGE = Path("docs/clocks.md")
_NOTHING_TO_TEST = ("none", "their validity")

_READS = {("time", "time"), ("datetime", "now"), ("datetime", "utcnow"), ("time", "time_ns")}


def _reads_own_clock(source: Source) -> bool:
    return any(
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and (node.value.id, node.attr) in _READS
        for node in ast.walk(source.tree)
    )


@pytest.fixture(scope="module")
def readers() -> set[str]:
    return {
        str(source.path)
        for source in sources("services", "servicekit")
        if not source.is_test and _reads_own_clock(source)
    }


def test_code_that_reads_its_own_clock_is_listed_with_a_reason(readers: set[str]) -> None:
    assert readers - _OWN_CLOCK.keys() == set()


def test_all_code_that_is_listed_as_reading_its_own_clock_still_does(readers: set[str]) -> None:
    assert _OWN_CLOCK.keys() - readers == set()


def test_every_row_of_the_clocks_page_about_a_tolerated_wrong_clock_names_its_test() -> None:
    """Rows of docs/clocks.md that tolerate no wrong clock need no test."""
    table = [line for line in _PAGE.read_text().splitlines() if line.startswith("| ")][2:]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table]
    untested = [row[0] for row in rows if row[4] == "–" and row[2] not in _NOTHING_TO_TEST]
    assert untested == []
    named = [path for row in rows for path in re.findall(r"`([^`]+)`", row[4])]
    assert [path for path in named if not Path(path).is_file()] == []
