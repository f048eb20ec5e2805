"""From addresses of every form are parsed, and only phone numbers can receive replies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.messaging.inbox.domain.from_address import (
    UNKNOWN,
    FromAddress,
    parse_from_address,
    reply_refusal,
)


@pytest.mark.parametrize(
    ("raw", "address", "reason"),
    [
        ("+14155550123", FromAddress("+14155550123"), None),
        ("sms:+14155550123", FromAddress("+14155550123"), None),
        ("ACMEBANK", FromAddress("ACMEBANK"), "named_sender"),
        (" Acme\0 Bank\n", FromAddress("Acme Bank"), "named_sender"),
        ("32665", FromAddress("32665"), "short_code"),
        (
            "whatsapp:+14155550123",
            FromAddress("whatsapp:+14155550123", "+14155550123"),
            "other_channel",
        ),
        ("rcs:+14155550123", FromAddress("rcs:+14155550123", "+14155550123"), "other_channel"),
        ("messenger:1234567", FromAddress("messenger:1234567"), "other_channel"),
        ("client:anna", FromAddress("client:anna"), "other_channel"),
        ("+266696687", FromAddress("+266696687"), "hidden_number"),
        ("+18005550123", FromAddress("+18005550123"), "invalid_number"),
        ("", FromAddress(UNKNOWN), "unknown_sender"),
        ("\0\r\n", FromAddress(UNKNOWN), "unknown_sender"),
    ],
)
def test_the_address_of_a_received_message_decides_whether_a_reply_is_refused_and_why(
    raw: str, address: FromAddress, reason: str | None
) -> None:
    assert parse_from_address(raw) == address
    found = reply_refusal(address.value)
    assert (found.code if found else None) == reason


@given(raw=st.text(max_size=400))
def test_a_from_address_of_any_form_can_be_stored(raw: str) -> None:
    address = parse_from_address(raw).value
    assert 1 <= len(address) <= 320
    assert address == address.strip()
    assert parse_from_address(address).value == address
