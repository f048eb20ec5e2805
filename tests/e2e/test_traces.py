"""A text is one trace: from its request, over every process, to the callback that ends it."""

from collections.abc import Iterator, Sequence

import pytest

from deploy.local.ports import free_port
from deploy.local.testkit.api import Api
from tests.fixtures.commands import forked, wait_until_ready
from tests.fixtures.otlp import CollectedSpan
from tests.fixtures.platform import Platform, audience
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

_REQUEST = "POST /api/sms/batch"
_STEPS = (
    ("gateway", "SERVER", _REQUEST),
    ("campaigns", "SERVER", "smsblaster.campaigns.v1.QuickSendService/SendBatch"),
    ("messaging", "SERVER", "smsblaster.messaging.v1.BatchService/SendTexts"),
    ("billing", "SERVER", "smsblaster.billing.v1.ChargeService/ChargeBatch"),
    ("messaging", "PRODUCER", "publish job.send.{org_id}"),
    ("messaging", "CONSUMER", "process messaging-senders"),
    ("messaging", "CLIENT", "twilio send"),
    ("messaging", "SERVER", "twilio callback"),
)
_STATEMENTS = {
    ("billing", "INSERT INTO billing_transactions"),
    ("messaging", "INSERT INTO sms_messages"),
    ("messaging", "INSERT INTO outbox"),
}


@pytest.fixture(scope="module")
def tracing_gateway(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run another gateway, which samples every trace, and yield its address."""
    running = platform.stack.process("gateway").command
    http, ops = (f"127.0.0.1:{free_port()}" for _ in range(2))
    own = {"HTTP_LISTEN": http, "OPS_LISTEN": ops, "OTEL_TRACES_SAMPLER_ARG": "1"}
    log = tmp_path_factory.mktemp("gateway") / "log"
    with forked(*running.argv[2:], env={**running.env, **own}, log=log) as process:
        wait_until_ready(process, ops, log)
        yield f"http://{http}"


def missing(spans: Sequence[CollectedSpan], org_id: str) -> list[object]:
    """Return what a complete trace of a text would also have."""
    named = {(span.service, span.kind, span.name.replace(org_id, "{org_id}")) for span in spans}
    statements = [(span.service, span.attributes.get("db.query.text", "")) for span in spans]
    causes = {span.span_id for span in spans} | {""}
    return [
        *(step for step in _STEPS if step not in named),
        *(
            (service, part)
            for service, part in _STATEMENTS
            if not any(service == each and part in text for each, text in statements)
        ),
        *({"delivered"} - {span.attributes.get("smsblaster.status") for span in spans}),
        *(span.name for span in spans if span.parent_id not in causes),
    ]


def test_a_text_is_one_trace_from_its_request_to_its_last_callback(
    platform: Platform, tracing_gateway: str
) -> None:
    acme = platform.organisation()
    with Api(tracing_gateway) as api:
        api.sign_in_with(acme.api.access_token)
        api.post("/api/sms/batch", {"message": "Hi", "recipients": [{"to": audience(1)[0]}]})

    def trace() -> Sequence[CollectedSpan]:
        roots = [span for span in platform.collector.spans() if span.name == _REQUEST]
        return platform.collector.trace(roots[0].trace_id) if roots else []

    wait_until_sync(lambda: trace() and not missing(trace(), acme.org_id))
    assert [span.name for span in trace() if not span.parent_id] == [_REQUEST]
    [sent] = [span for span in trace() if span.name == "twilio send"]
    assert sent.attributes["http.response.status_code"] == "201"
