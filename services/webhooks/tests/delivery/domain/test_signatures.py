"""Calls are signed as Standard Webhooks 1.0 says."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime

from services.webhooks.delivery.domain.signatures import new_secret, signed_headers

# The example of the specification and of its reference libraries.
_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
_AT = datetime.fromtimestamp(1_614_265_330, UTC)
_BODY = b'{"test": 2432232314}'
_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_signature_equals_that_of_the_specifications_example() -> None:
    assert signed_headers([_SECRET], _ID, _AT, _BODY) == {
        "webhook-id": _ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": _SIGNATURE,
    }


def test_while_a_secret_is_being_replaced_calls_are_signed_with_both_secrets() -> None:
    new = new_secret()
    signature = signed_headers([new, _SECRET], _ID, _AT, _BODY)["webhook-signature"]
    first, second = signature.split(" ")
    key = base64.b64decode(new.removeprefix("whsec_"))
    digest = hmac.new(key, b"%s.1614265330.%s" % (_ID.encode(), _BODY), hashlib.sha256).digest()
    assert first == "v1," + base64.b64encode(digest).decode()
    assert second == _SIGNATURE


def test_a_secret_has_32_random_bytes() -> None:
    secrets = {new_secret() for _ in range(100)}
    assert len(secrets) == 100
    assert {len(base64.b64decode(s.removeprefix("whsec_"))) for s in secrets} == {32}
