"""Logs: one JSON object per line, without phone numbers and secrets."""

import json
import logging
import re
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import structlog
from prometheus_client import REGISTRY

from servicekit.telemetry import logs
from servicekit.telemetry.context import request_id, serving_request
from tests.fixtures.small_disk import small_disk

NUMBER = "+15551234567"


class Written:
    """The log lines that were written."""

    def __init__(self, output: StringIO) -> None:
        self._output = output

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._output.getvalue().splitlines()]

    def line(self) -> dict[str, Any]:
        [line] = self.lines()
        return line


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    output = StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", output)
        logs.configure("toy", "INFO")
    yield Written(output)
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


def test_a_log_line_is_a_json_object_with_level_time_and_service(written: Written) -> None:
    structlog.get_logger().info("message_sent", segments=2, parts=("a", "b"), cost=None)
    line = written.line()
    assert line.pop("timestamp").endswith("Z")
    assert re.fullmatch("[0-9a-f]{32}", line.pop("trace_id"))
    assert line == {
        "event": "message_sent",
        "level": "info",
        "service": "toy",
        "segments": 2,
        "parts": ["a", "b"],
        "cost": None,
    }


def test_lines_below_the_configured_log_level_are_not_logged(written: Written) -> None:
    structlog.get_logger().debug("detail")
    assert written.lines() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"to": NUMBER},
        {"error": f"no route to {NUMBER}, tried"},
        {"recipients": [NUMBER]},
        {"recipients": {"first": {"number": NUMBER}}},
        {"error": ValueError(f"no route to {NUMBER}")},
    ],
)
def test_phone_numbers_are_masked_in_all_fields(written: Written, fields: dict[str, Any]) -> None:
    structlog.get_logger().warning("lost", **fields)
    line = json.dumps(written.line())
    assert NUMBER not in line
    assert "+1555***67" in line


def test_credentials_in_a_url_are_not_logged(written: Written) -> None:
    structlog.get_logger().warning("bus_error", error="no route to nats://ann:s3cret@bus:4222/x")
    assert written.line()["error"] == "no route to nats://[hidden]@bus:4222/x"


@pytest.mark.parametrize(
    "fields",
    [
        {"token": "s3cret"},
        {"auth_token": b"s3cret"},
        {"apiKey": "s3cret"},
        {"api_key": "s3cret"},
        {"stripe_secret_key": "s3cret"},
        {"KEYRING": "1:s3cret"},
        {"headers": {"Authorization": "Bearer s3cret", "X-Twilio-Signature": "s3cret"}},
        {"requests": [{"password": "s3cret"}]},
    ],
)
def test_fields_whose_names_denote_secrets_are_not_logged(
    written: Written, fields: dict[str, Any]
) -> None:
    structlog.get_logger().warning("refused", **fields)
    line = json.dumps(written.line())
    assert "s3cret" not in line
    assert "[hidden]" in line


def test_a_newline_in_a_value_does_not_begin_a_new_log_line(written: Written) -> None:
    forged = 'x"}\n{"event": "forged", "level": "critical"}'
    structlog.get_logger().info("searched", query=forged, nested=[forged])
    assert written.line()["query"] == forged


@pytest.mark.parametrize("value", ["\ud800", 2**70, float("nan"), {1: {2: 3}}, object(), b"\xff"])
def test_logging_never_fails_whatever_the_value(written: Written, value: object) -> None:
    structlog.get_logger().info("odd", value=value)
    assert written.line()["event"] == "odd"


def test_an_exception_is_logged_with_its_traceback_and_without_phone_numbers(
    written: Written,
) -> None:
    try:
        int(f"to {NUMBER}")
    except ValueError:
        structlog.get_logger().exception("failed")
    line = written.line()
    assert "Traceback" in line["exception"]
    assert NUMBER not in line["exception"]


def test_log_lines_of_libraries_have_the_same_format(written: Written) -> None:
    logging.getLogger("library").warning("gave up on %s\n(twice)", NUMBER)
    line = written.line()
    assert (line["event"], line["level"], line["logger_name"]) == (
        "library_log",
        "warning",
        "library",
    )
    assert line["text"] == "gave up on +1555***67\n(twice)"


def test_log_lines_have_the_id_of_the_request(written: Written) -> None:
    with serving_request("abc-1"):
        structlog.get_logger().info("inside")
    structlog.get_logger().info("outside")
    inside, outside = written.lines()
    assert inside["request_id"] == "abc-1"
    assert "request_id" not in outside


@pytest.mark.parametrize("given", [None, "", "a b", "x" * 65, "a\nb", "ä"])
def test_a_malformed_request_id_is_replaced(given: str | None) -> None:
    with serving_request(given) as chosen:
        assert chosen != given
        assert request_id() == chosen
    assert request_id() == ""


def test_a_log_line_that_cannot_be_written_is_counted_and_raises_no_error(
    monkeypatch: pytest.MonkeyPatch, written: Written
) -> None:
    del written  # restores the logging of the process
    before = lines_lost()
    with Path("/dev/full").open("w") as full, monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", full)
        logs.configure("toy", "INFO")
        structlog.get_logger().info("message_sent")
        logging.getLogger("library").warning("trouble")
    assert lines_lost() >= before + 2


def test_the_log_line_after_a_truncated_one_is_complete(
    monkeypatch: pytest.MonkeyPatch, written: Written, tmp_path: Path
) -> None:
    del written
    with small_disk(tmp_path / "disk", megabytes=1) as disk:
        file = disk.root / "log"
        with file.open("w") as output, monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", output)
            logs.configure("toy", "INFO")
            structlog.get_logger().info("short")
            disk.fill()
            structlog.get_logger().info("long", text="x" * 5000)
            disk.free()
            structlog.get_logger().info("again")
        lines = file.read_text().splitlines()
    assert json.loads(lines[0])["event"] == "short"
    assert json.loads(lines[-1])["event"] == "again"


def lines_lost() -> float:
    return REGISTRY.get_sample_value("smsblaster_log_lines_lost_total") or 0
