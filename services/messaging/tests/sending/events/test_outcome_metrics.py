"""How messages end, and how long each step took, is measured.

In a file of its own: metrics count for the whole process, and a service that is shared with other
tests still ends the messages of those tests.
"""

from prometheus_client import REGISTRY

from services.messaging.tests.organisation import Organisation, phone


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(f"smsblaster_{name}", labels) or 0


async def test_how_messages_end_and_how_long_each_step_took_is_measured(
    organisation: Organisation,
) -> None:
    counted = {
        "message_handover_seconds_count": {},
        "message_delivery_seconds_count": {},
        "twilio_request_seconds_count": {"call": "send", "answer": "2xx"},
        "messages_ended_total": {"status": "delivered"},
    }

    def counts() -> dict[str, float]:
        return {name: metric(name, **labels) for name, labels in counted.items()}

    before, callbacks = counts(), metric("status_callback_seconds_count")
    message = await organisation.send(phone(1))
    for _ in range(2):
        await organisation.callback(message.id, message.provider_sid, "delivered")
    assert {name: value - before[name] for name, value in counts().items()} == dict.fromkeys(
        counted, 1
    )
    assert metric("status_callback_seconds_count") - callbacks >= 2
