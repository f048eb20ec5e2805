"""A quote counts messages by country and segments, and skips other recipients."""

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


def test_the_segments_of_a_quote_are_those_of_the_text_after_smart_encoding() -> None:
    written = [a_recipient(US, "\u2019" * 71)]
    raw = Tally(parse("{{firstName}}", "message"), smart_encoding=False)
    raw.add(written)
    replaced = Tally(parse("{{firstName}}", "message"), smart_encoding=True)
    replaced.add(written)
    assert (raw.messages, replaced.messages) == ({("US", 2): 1}, {("US", 1): 1})


def test_the_examples_in_a_quote_are_the_first_two_messages_and_the_longest() -> None:
    tally = Tally(parse("Hi {{firstName}}", "message"), smart_encoding=False)
    tally.add([a_recipient(US, name) for name in ("Ann", "Bo", "Cy")])
    assert [each.message.body for each in tally.samples.previews] == ["Hi Bo", "Hi Ann"]
    # Segments count first, because they make the price.
    tally.add([a_recipient(US, "D" * 100), a_recipient(US, "ş" * 71), a_recipient(US, "E" * 1601)])
    previews = tally.samples.previews
    assert [each.message.body[:5] for each in previews] == ["Hi An", "Hi Bo", "Hi şş"]
    assert [each.segments for each in previews] == [1, 1, 2]


def test_recipients_without_a_placeholder_value_are_counted_and_the_first_three_are_named() -> None:
    tally = Tally(parse("Hi {{firstName}}{{phone}}", "message"), smart_encoding=False)
    nameless = [a_recipient(US, "") for _ in range(4)]
    tally.add([a_recipient(US), *nameless, a_recipient(US, "", opted_out=True)])
    assert tally.samples.empty["firstName"].recipients == 4
    assert tally.samples.empty["firstName"].examples == nameless[:3]
    assert Tally(parse("Hi", "message"), smart_encoding=False).samples.previews == ()
