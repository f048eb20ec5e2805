"""Signatures of Twilio are accepted and refused as by Twilio's examples and official library."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from services.webhooks.domain.twilio_signature import (
    SignedRequest,
    base_addresses,
    body_matches,
    is_signed,
)

TOKEN = b"12345"
APP = "/myapp.php?foo=1&bar=2"
OWN = "/webhooks/twilio/inbound"
ZEROS = "0" * 30
CALL_DOCS = (
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+12349013030"),
    ("Digits", "1234"),
    ("From", "+12349013030"),
    ("To", "+18005551212"),
)
CALL_SDK = (
    ("CallSid", "CA1234567890ABCDE"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
    ("Caller", "+14158675309"),
)
REPEATED = (
    ("Sid", "CA123"),
    ("SidAccount", "AC123"),
    ("Digits", "5678"),
    ("Digits", "1234"),
    ("Digits", "1234"),
)
INBOUND = (
    ("ToCountry", "US"),
    ("ToState", "CA"),
    ("SmsMessageSid", f"SM{ZEROS}01"),
    ("NumMedia", "0"),
    ("ToCity", "SAN FRANCISCO"),
    ("FromZip", "94103"),
    ("SmsSid", f"SM{ZEROS}01"),
    ("FromState", "CA"),
    ("SmsStatus", "received"),
    ("FromCity", "SAN FRANCISCO"),
    ("Body", "STOP"),
    ("FromCountry", "US"),
    ("To", "+14155550100"),
    ("MessagingServiceSid", f"MG{ZEROS}01"),
    ("ToZip", "94105"),
    ("NumSegments", "1"),
    ("MessageSid", f"SM{ZEROS}01"),
    ("AccountSid", f"AC{ZEROS}01"),
    ("From", "+14155550123"),
    ("ApiVersion", "2010-04-01"),
)
STATUS = (
    ("AccountSid", f"AC{ZEROS}01"),
    ("ApiVersion", "2010-04-01"),
    ("From", "+14155550100"),
    ("MessageSid", f"SM{ZEROS}02"),
    ("MessageStatus", "delivered"),
    ("MessagingServiceSid", f"MG{ZEROS}01"),
    ("RawDlrDoneDate", "2601151230"),
    ("SmsSid", f"SM{ZEROS}02"),
    ("SmsStatus", "delivered"),
    ("To", "+14155550123"),
)
BODY_HASH = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
JSON_TARGET = f"{APP}&bodySHA256={BODY_HASH}"

# base address, target, params, signature
VECTORS = [
    ("https://mycompany.com", APP, CALL_DOCS, "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
    ("https://mycompany.com", APP, CALL_SDK, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ("https://mycompany.com:443", APP, CALL_SDK, "kvajT1Ptam85bY51eRf/AJRuM3w="),
    ("https://mycompany.com", APP, CALL_SDK, "kvajT1Ptam85bY51eRf/AJRuM3w="),
    ("http://mycompany.com:1234", APP, CALL_SDK, "Zmvh+3yNM1Phv2jhDCwEM3q5ebU="),
    ("http://mycompany.com:80", APP, CALL_SDK, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ("http://mycompany.com", APP, CALL_SDK, "0ZXoZLH/DfblKGATFgpif+LLRf4="),
    ("https://mycompany.com", APP, REPEATED, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
    ("https://mycompany.com", JSON_TARGET, (), "a9nBmqA0ju/hNViExpshrM61xv4="),
    (
        "https://app.example.com",
        OWN,
        (("Body", "héllo 😀"), ("From", "+14155550123"), ("MediaUrl0", "")),
        "W7FvhyKui+vT33AgrGEdl2R+CSE=",
    ),
    ("https://app.example.com", OWN, (), "2sgCjDj0L/e+6hpHSMUnH6wKFAU="),
    ("https://app.example.com", OWN, INBOUND, "ckBpg6NgK5AUS3b2dtKzoCRzsN4="),
    (
        "https://app.example.com",
        "/webhooks/twilio/status?t=acme",
        STATUS,
        "sXreHmvTg8WxUpSd9lYHKL/v5rk=",
    ),
]


@pytest.mark.parametrize(("base", "target", "params", "signature"), VECTORS)
def test_only_the_published_signature_is_accepted(
    base: str, target: str, params: tuple[tuple[str, str], ...], signature: str
) -> None:
    bases = base_addresses(base)
    claim = SignedRequest(signature, target, params)
    assert is_signed(claim, [TOKEN], bases)
    assert is_signed(claim, [b"the new one", TOKEN], bases)
    assert not is_signed(claim, [b"another"], bases)
    assert not is_signed(claim, [TOKEN], base_addresses("https://elsewhere.example.com"))
    assert not is_signed(SignedRequest(signature, target + "x", params), [TOKEN], bases)
    assert not is_signed(
        SignedRequest(signature, target, (*params, ("Extra", "1"))), [TOKEN], bases
    )


def test_a_signature_over_the_public_url_is_accepted_with_and_without_its_port() -> None:
    assert set(base_addresses("https://hooks.example.test/twilio/")) == {
        "https://hooks.example.test/twilio",
        "https://hooks.example.test:443/twilio",
    }
    assert set(base_addresses("http://127.0.0.1:8081")) == {
        "http://127.0.0.1:8081",
        "http://127.0.0.1",
    }


@given(
    params=st.dictionaries(
        st.text(st.characters(codec="utf-8"), min_size=1, max_size=12),
        st.text(st.characters(codec="utf-8"), max_size=40),
        max_size=12,
    )
)
def test_the_official_library_gives_the_same_results(params: dict[str, str]) -> None:
    url = "https://hooks.example.test/api/webhooks/twilio-status"
    signature = RequestValidator(TOKEN.decode()).compute_signature(url, params)
    claim = SignedRequest(signature, "/api/webhooks/twilio-status", tuple(params.items()))
    assert is_signed(claim, [TOKEN], ["https://hooks.example.test"])


@given(signature=st.text(), target=st.text(), body=st.binary())
def test_verifying_any_twilio_request_raises_no_error(
    signature: str, target: str, body: bytes
) -> None:
    assert not is_signed(SignedRequest(signature, target), [TOKEN], ["https://hooks.example.test"])
    assert not body_matches(target, body)


def test_a_json_body_must_match_its_hash() -> None:
    body = b'{"property": "value", "boolean": true}'
    assert body_matches(JSON_TARGET, body)
    assert not body_matches(JSON_TARGET, body + b" ")
    assert not body_matches(APP, body)
    assert not body_matches(f"{JSON_TARGET}&bodySHA256={BODY_HASH}", body)
    assert not body_matches(f"{APP}&bodySHA256=", b"")
