"""The delivery process can decode the data of every type of event."""

import subprocess
import sys

from services.gateway.http.openapi.webhooks import data_of, event_types

_PROGRAM = (
    "from services.webhooks.parts import deliver\n"
    "from services.webhooks.delivery.events.customer_events import KINDS\n"
    "print(*KINDS)"
)


def test_the_delivery_process_can_decode_the_data_of_each_event_type_in_the_api_document() -> None:
    # In a process of its own, because this one has imported the messages of all services.
    printed = subprocess.run(  # noqa: S603  (our own program)
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True, check=True
    )
    assert {data_of(type_).full_name for type_ in event_types()} == set(printed.stdout.split())
