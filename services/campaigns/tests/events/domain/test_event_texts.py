"""The platform's default texts of event messages."""

import pytest

from servicekit.segments import segment_count
from services.campaigns.events.domain.attendees import ATTENDEE_VARIABLES
from services.campaigns.events.domain.event_texts import DEFAULTS
from services.campaigns.templates.domain.templates import parse
from smsblaster.events.v1 import notifications_pb2

_PREFIX = "EVENT_NOTIFICATION_TYPE_"
_OF_THE_EVENT = {"eventName", "eventDate", "eventTime", "newRsvps", "questionSetTitle"}


def test_each_type_of_event_message_has_one_default_text_in_the_order_of_the_contract() -> None:
    _, *types = notifications_pb2.EventNotificationType.keys()
    assert [_PREFIX + name.upper() for name in DEFAULTS] == types


@pytest.mark.parametrize("text", DEFAULTS.values(), ids=DEFAULTS)
def test_default_texts_have_one_segment_and_known_placeholders(text: str) -> None:
    assert set(parse(text, "message").variables) <= {*ATTENDEE_VARIABLES, *_OF_THE_EVENT}
    assert text.isascii()
    assert segment_count(text, smart_encoding=False) == 1
