"""Senders of every form have a conversation; those that can be texted can be answered."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messaging.inbox.domain.senders import UNKNOWN, Sender, sender_of, why_no_reply


@pytest.mark.parametrize(
    ("raw", "sender", "reason"),
    [
        ("+14155550123", Sender("+14155550123"), None),
        ("sms:+14155550123", Sender("+14155550123"), None),
        ("ACMEBANK", Sender("ACMEBANK"), "named_sender"),
        (" Acme\0 Bank\n", Sender("Acme Bank"), "named_sender"),
        ("32665", Sender("32665"), "short_code"),
        ("whatsapp:+14155550123", Sender("whatsapp:+14155550123", "+14155550123"), "other_channel"),
        ("rcs:+14155550123", Sender("rcs:+14155550123", "+14155550123"), "other_channel"),
        ("messenger:1234567", Sender("messenger:1234567"), "other_channel"),
        ("client:anna", Sender("client:anna"), "other_channel"),
        ("+266696687", Sender("+266696687"), "hidden_number"),
        ("+18005550123", Sender("+18005550123"), "invalid_number"),
        ("", Sender(UNKNOWN), "unknown_sender"),
        ("\0\r\n", Sender(UNKNOWN), "unknown_sender"),
    ],
)
def test_a_sender_is_known_by_what_the_provider_names(
    raw: str, sender: Sender, reason: str | None
) -> None:
    assert sender_of(raw) == sender
    found = why_no_reply(sender.address)
    assert (found.code if found else None) == reason


@given(raw=st.text(max_size=400))
def test_every_sender_has_an_address_that_can_be_stored(raw: str) -> None:
    address = sender_of(raw).address
    assert 1 <= len(address) <= 320
    assert address == address.strip()
    assert sender_of(address).address == address
