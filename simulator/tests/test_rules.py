"""Signatures, segments, keywords and form parameters, compared with published examples."""

import hmac
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stripe import WebhookSignature
from twilio.request_validator import RequestValidator

from simulator.forms import Form, recordable
from simulator.stripe.cards import card_of
from simulator.stripe.errors import StripeError
from simulator.stripe.forms import nested
from simulator.stripe.signature import signature_header
from simulator.twilio.inbound import twiml_replies
from simulator.twilio.keywords import recognise
from simulator.twilio.segments import count_segments
from simulator.twilio.signature import sign
from simulator.twilio.smart_encoding import smart_encode

DOCS_URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
APP_URL = "https://app.example.com/webhooks/twilio"
SID_1 = "0" * 30 + "01"
SID_2 = "0" * 30 + "02"
SDK_PARAMS = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
]
INBOUND = [
    ("ToCountry", "US"),
    ("ToState", "CA"),
    ("SmsMessageSid", "SM" + SID_1),
    ("NumMedia", "0"),
    ("ToCity", "SAN FRANCISCO"),
    ("FromZip", "94103"),
    ("SmsSid", "SM" + SID_1),
    ("FromState", "CA"),
    ("SmsStatus", "received"),
    ("FromCity", "SAN FRANCISCO"),
    ("Body", "STOP"),
    ("FromCountry", "US"),
    ("To", "+14155550100"),
    ("MessagingServiceSid", "MG" + SID_1),
    ("ToZip", "94105"),
    ("NumSegments", "1"),
    ("MessageSid", "SM" + SID_1),
    ("AccountSid", "AC" + SID_1),
    ("From", "+14155550123"),
    ("ApiVersion", "2010-04-01"),
]
STATUS = [
    ("AccountSid", "AC" + SID_1),
    ("ApiVersion", "2010-04-01"),
    ("From", "+14155550100"),
    ("MessageSid", "SM" + SID_2),
    ("MessageStatus", "delivered"),
    ("MessagingServiceSid", "MG" + SID_1),
    ("RawDlrDoneDate", "2601151230"),
    ("SmsSid", "SM" + SID_2),
    ("SmsStatus", "delivered"),
    ("To", "+14155550123"),
]
DIGITS_REPEATED = [
    ("Sid", "CA123"),
    ("SidAccount", "AC123"),
    ("Digits", "5678"),
    ("Digits", "1234"),
    ("Digits", "1234"),
]
BODY_HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"


@pytest.mark.parametrize(
    ("url", "params", "expected"),
    [
        (
            DOCS_URL,
            [
                ("CallSid", "CA1234567890ABCDE"),
                ("Caller", "+12349013030"),
                ("Digits", "1234"),
                ("From", "+12349013030"),
                ("To", "+18005551212"),
            ],
            "0/KCTR6DLpKmkAf8muzZqo1nDgQ=",
        ),
        (DOCS_URL, SDK_PARAMS, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (
            DOCS_URL.replace(".com/", ".com:443/"),
            SDK_PARAMS,
            "kvajT1Ptam85bY51eRf/AJRuM3w=",
        ),
        (
            "http://mycompany.com:1234/myapp.php?foo=1&bar=2",
            SDK_PARAMS,
            "Zmvh+3yNM1Phv2jhDCwEM3q5ebU=",
        ),
        (
            "http://mycompany.com:80/myapp.php?foo=1&bar=2",
            SDK_PARAMS,
            "0ZXoZLH/DfblKGATFgpif+LLRf4=",
        ),
        (DOCS_URL, DIGITS_REPEATED, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        (f"{DOCS_URL}&bodySHA256={BODY_HASH}", [], "a9nBmqA0ju/hNViExpshrM61xv4="),
        (
            f"{APP_URL}/inbound",
            [("Body", "héllo 😀"), ("From", "+14155550123"), ("MediaUrl0", "")],
            "W7FvhyKui+vT33AgrGEdl2R+CSE=",
        ),
        (f"{APP_URL}/inbound", [], "2sgCjDj0L/e+6hpHSMUnH6wKFAU="),
        (f"{APP_URL}/inbound", INBOUND, "ckBpg6NgK5AUS3b2dtKzoCRzsN4="),
        (f"{APP_URL}/status?t=acme", STATUS, "sXreHmvTg8WxUpSd9lYHKL/v5rk="),
    ],
)
def test_the_twilio_signature_equals_the_published_example(
    url: str, params: list[tuple[str, str]], expected: str
) -> None:
    assert sign("12345", url, params) == expected


@given(st.dictionaries(st.text(min_size=1), st.text()), st.text("abc/%?=&", max_size=20))
def test_twilios_sdk_accepts_the_twilio_signature(params: dict[str, str], tail: str) -> None:
    url = f"https://example.com:8443/{tail}"
    signature = sign("token", url, params.items())
    assert RequestValidator("token").compute_signature(url, params) == signature


@pytest.mark.parametrize(
    ("timestamp", "body", "expected"),
    [
        (
            1700000000,
            b'{"id":"evt_1","object":"event"}',
            "0c8670ed117751cc551a20e35839447075c42800ea3cf3e8a2fbda99cd1e6edd",
        ),
        (
            1495999758,
            (
                b'{\n  "id": "evt_test_webhook",\n  "object": "event",\n  "data": { "object": '
                b'{ "id": "rdr_123", "object": "terminal.reader" } }\n}'
            ),
            "b49610a15a307107d9b99c24946be695d45e6ddd7b674a42778ef1b31a255cfa",
        ),
    ],
)
def test_the_stripe_signature_equals_that_of_the_test_example(
    timestamp: int, body: bytes, expected: str
) -> None:
    header = signature_header("whsec_test_secret", timestamp, body)
    assert header == f"t={timestamp},v1={expected}"
    assert WebhookSignature.verify_header(body.decode(), header, "whsec_test_secret")
    signed = hmac.new(b"whsec_test_secret", b"%d.%s" % (timestamp, body), sha256).hexdigest()
    assert signed == expected


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"


@pytest.mark.parametrize(
    ("body", "segments"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 460, 4),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 159 + "€", 2),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ç" * 70, 1),
        ("Á" * 71, 2),
        ("中" * 134, 2),
        ("中" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("中" * 66 + "😀" + "中" * 65, 2),
        ("中" * 66 + "😀" + "中" * 66, 3),
        (FAMILY * 6, 1),
        (FAMILY * 7, 2),
        ("a\tb", 1),
        ("", 1),
    ],
)
def test_segment_counts_equal_those_of_twilios_calculator(body: str, segments: int) -> None:
    assert count_segments(body) == segments


@pytest.mark.parametrize(
    ("body", "sent"),
    [
        ("\u201cHi\u201d \u2018you\u2019\u2026", "\"Hi\" 'you'..."),
        ("a\tb\u00a0c\u200bd", "a       b  cd"),
        ("\u2039x\u203a", "<x>"),
        ("\uff21\uff19\u1d00", "A9A"),
        ("\u2019 😀", "' 😀"),
        ("é ç \u4e2d", "é ç \u4e2d"),
    ],
)
def test_smart_encoding_replaces_characters_even_if_others_still_need_ucs2(
    body: str, sent: str
) -> None:
    assert smart_encode(body) == sent


def test_a_keyword_is_recognised_only_if_it_is_the_whole_text() -> None:
    assert recognise("stop", toll_free=False) is not None
    assert recognise("stop please", toll_free=False) is None
    assert recognise("CANCEL", toll_free=True) is None


def test_a_webhook_response_without_twiml_messages_sends_no_reply() -> None:
    assert not twiml_replies(b"<Response></Response>")
    assert not twiml_replies(b"")
    assert not twiml_replies(b"{}")


def test_form_parameters_with_brackets_become_nested_values() -> None:
    pairs = [
        ("mode", "payment"),
        ("line_items[0][price_data][currency]", "usd"),
        ("line_items[0][quantity]", "2"),
        ("line_items[1][quantity]", "3"),
        ("expand[]", "a"),
        ("expand[]", "b"),
    ]
    assert nested(pairs) == {
        "mode": "payment",
        "line_items": [{"price_data": {"currency": "usd"}, "quantity": "2"}, {"quantity": "3"}],
        "expand": ["a", "b"],
    }


@given(st.lists(st.tuples(st.text(), st.text())))
def test_form_parameters_with_brackets_and_any_names_are_parsed_without_an_error(
    pairs: list[tuple[str, str]],
) -> None:
    nested(pairs)


def test_recorded_requests_keep_repeated_values_but_no_secrets() -> None:
    form = Form("MediaUrl=a&MediaUrl=b&AuthToken=xyz&PageToken=PA1")
    assert recordable(form.pairs) == (
        b'{"MediaUrl":["a","b"],"AuthToken":"[removed]","PageToken":"PA1"}'
    )


@pytest.mark.parametrize("number", ["4242424242424241", "abc", "", "42"])
def test_a_card_number_with_a_wrong_check_digit_is_refused(number: str) -> None:
    with pytest.raises(StripeError):
        card_of(number)
