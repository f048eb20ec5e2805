"""Codes of authenticator apps, as RFC 6238 defines them."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from services.gateway.domain import recovery_codes, totp

SECRET = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (2000000000, "279037")],
)
def test_codes_match_the_examples_of_the_standard(seconds: int, code: str) -> None:
    assert totp.step_of(SECRET, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


def test_the_codes_of_the_half_minutes_before_and_after_are_accepted() -> None:
    now = datetime.fromtimestamp(1111111111, UTC)
    for seconds, is_accepted in ((-60, False), (-30, True), (0, True), (30, True), (60, False)):
        found = totp.step_of(SECRET, "050471", now + timedelta(seconds=seconds))
        assert (found is not None) == is_accepted, seconds


@pytest.mark.parametrize("code", ["", "05047", "0504710", "x50471", "٠٥٠٤٧١"])
def test_a_code_that_is_not_six_digits_is_wrong(code: str) -> None:
    assert totp.step_of(SECRET, code, datetime.fromtimestamp(1111111111, UTC)) is None


def test_a_setup_uri_names_the_platform_and_the_account() -> None:
    uri = totp.setup_uri(SECRET, "ann+sms@example.com")
    assert uri.startswith("otpauth://totp/SMSBlaster:ann%2Bsms%40example.com?")
    assert "issuer=SMSBlaster" in uri


def test_recovery_codes_are_long_and_can_be_typed_in_any_form() -> None:
    codes = recovery_codes.new_codes()
    assert len(set(codes)) == recovery_codes.COUNT
    for code in codes:
        assert [len(group) for group in code.split("-")] == [4, 4, 4, 4]
        assert recovery_codes.normal_code(f" {code.upper()} ") == code.replace("-", "")
