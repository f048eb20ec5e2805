"""Messages are counted by country and segments; other recipients are skipped."""

from servicekit.ids import new_id
from services.campaigns.campaigns.domain.quotes import Tally
from services.campaigns.campaigns.domain.recipients import Recipient
from services.campaigns.templates.domain.templates import CONTACT_VARIABLES, parse

US, GB, OWN = "+14156000000", "+447400123456", "+14156000001"


def a_recipient(phone: str, first_name: str = "Ann", opted_out: bool = False) -> Recipient:
    values = dict.fromkeys(CONTACT_VARIABLES, "") | {"firstName": first_name}
    return Recipient(new_id(), phone, opted_out, values)


def test_messages_are_counted_by_country_and_segments() -> None:
    tally = Tally(parse("{{firstName}}", "message"), smart_encoding=False)
    tally.add([a_recipient(US), a_recipient(GB), a_recipient(US, "A" * 161)])
    tally.add([a_recipient(US, "ş" * 71), a_recipient(US)])
    assert tally.messages == {("US", 1): 2, ("US", 2): 2, ("GB", 1): 1}
    assert (tally.looked_at, tally.opted_out, tally.invalid) == (5, 0, 0)


def test_every_recipient_is_counted_once() -> None:
    tally = Tally(parse("{{firstName}}", "message"), smart_encoding=False, own_numbers={OWN})
    tally.add(
        [
            a_recipient(US),
            a_recipient(US, "", opted_out=True),
            a_recipient(US, ""),
            a_recipient(US, "A" * 1601),
            a_recipient(OWN),
            a_recipient("+12000000000"),
        ]
    )
    assert tally.messages == {("US", 1): 1}
    assert (tally.looked_at, tally.opted_out, tally.invalid) == (6, 1, 4)


def test_messages_are_counted_as_they_are_sent() -> None:
    written = [a_recipient(US, "\u2019" * 71)]
    raw = Tally(parse("{{firstName}}", "message"), smart_encoding=False)
    raw.add(written)
    replaced = Tally(parse("{{firstName}}", "message"), smart_encoding=True)
    replaced.add(written)
    assert (raw.messages, replaced.messages) == ({("US", 2): 1}, {("US", 1): 1})
