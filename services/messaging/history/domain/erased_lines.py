"""Messages of the archive without the person whom they were sent to or came from."""

from collections.abc import Collection, Mapping
from typing import Any

ERASED = "erased"
"""What stands in place of an erased person's phone number."""

_EMPTIED = ("raw_payload", "raw_payload_at", "reference", "metadata", "error_message")


def is_about(line: Mapping[str, Any], contact_ids: Collection[str]) -> bool:
    """Return whether an archived message was sent to, or came from, one of the contacts."""
    return line.get("contact_id") in contact_ids


def without_person(line: Mapping[str, Any]) -> dict[str, Any]:
    """Return an archived message without text, number and contact. Status and price stay."""
    number = "to_number" if line["direction"] == "out" else "from_number"
    events = [{**event, "payload": {}} for event in line.get("events", [])]
    emptied = dict.fromkeys(_EMPTIED)
    return {**line, **emptied, number: ERASED, "body": "", "contact_id": None, "events": events}
