"""The access tokens that are accepted and refused."""

import base64
import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from services.gateway.domain.access_tokens import SigningKey
from services.gateway.storage.signing_keys import SigningKeys
from services.gateway.tests.members import Client, Member, problem, sign_up
from tests.fixtures.waiting import wait_until_sync

STRANGER = "0190e2a0-0000-7000-8000-0000000000ff"
Rows = Callable[..., list[dict[str, object]]]


@pytest.fixture
def key(signing_keys: SigningKeys) -> SigningKey:
    return signing_keys.newest()


def claims_of(member: Member, **changes: Any) -> dict[str, Any]:
    token = member.session["accessToken"]
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    claims.update(changes)
    return {name: value for name, value in claims.items() if value is not None}


def signed(claims: dict[str, Any], key: SigningKey, **headers: Any) -> str:
    return jwt.encode(claims, key.private, algorithm="RS256", headers={"kid": key.kid, **headers})


def status_with(client: Client, token: str) -> int:
    return client.get("/api/me", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_token_contains_user_and_expiry(member: Member, key: SigningKey) -> None:
    claims = claims_of(member)
    assert claims["userId"] == claims["sub"] == member.id
    assert claims["orgId"] == member.org_id
    assert claims["orgName"] == "Ann Lee"
    assert claims["roles"] == ["owner"]
    assert claims["exp"] - claims["iat"] == 900
    assert jwt.get_unverified_header(member.session["accessToken"])["kid"] == key.kid


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Bearer a.b.c", "Basic YTpi", "\xff"])
def test_an_invalid_authorization_header_is_refused(client: Client, header: str) -> None:
    answer = client.get("/api/me", headers={b"Authorization": header.encode("latin-1")})
    problem(answer, 401, "unauthenticated")


def test_a_valid_token_is_accepted(client: Client, member: Member, key: SigningKey) -> None:
    assert status_with(client, signed(claims_of(member), key)) == 200


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"iat": None},
        {"iss": None},
        {"aud": None},
        {"sub": None},
        {"sid": None},
        {"orgId": None},
        {"roles": None},
        {"exp": 10**30},
        {"exp": "soon"},
        {"iss": "somebody"},
        {"iss": ["smsblaster"]},
        {"aud": "smsblaster-internal"},
        {"aud": ["smsblaster-api", "another-api"]},
        {"aud": ["smsblaster-api"]},
        {"sub": "1"},
        {"orgId": 1},
        {"orgId": STRANGER},
        {"sid": STRANGER},
        {"sub": STRANGER},
    ],
    ids=str,
)
def test_a_token_with_a_wrong_claim_is_refused(
    client: Client, member: Member, key: SigningKey, changes: dict[str, Any]
) -> None:
    try:
        token = signed(claims_of(member, **changes), key)
    except TypeError:  # the library does not make such a token
        token = _by_hand({"alg": "RS256", "kid": key.kid}, claims_of(member, **changes), key)
    assert status_with(client, token) == 401


@pytest.mark.parametrize(
    "offsets",
    [{"exp": 86_400}, {"exp": -60}, {"nbf": 600}, {"iat": 1000, "exp": 1900}],
    ids=str,
)
def test_an_expired_or_future_token_is_refused(
    client: Client, member: Member, key: SigningKey, offsets: dict[str, int]
) -> None:
    now = int(time.time())
    changes = {name: now + offset for name, offset in offsets.items()}
    assert status_with(client, signed(claims_of(member, **changes), key)) == 401


def test_a_token_issued_before_the_clock_was_set_back_is_accepted(
    client: Client, member: Member, key: SigningKey
) -> None:
    issued_at = int(time.time()) + 880
    token = signed(claims_of(member, iat=issued_at, exp=issued_at + 900), key)
    assert status_with(client, token) == 200


def _by_hand(header: dict[str, Any], claims: dict[str, Any], key: SigningKey) -> str:
    """Return a token with this header and these claims. It is signed if the algorithm is RS256."""
    signing_input = f"{_segment(header)}.{_segment(claims)}"
    algorithm = jwt.algorithms.RSAAlgorithm(jwt.algorithms.RSAAlgorithm.SHA256)
    signature = algorithm.sign(signing_input.encode(), key.private)
    return f"{signing_input}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _segment(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["none", "nOnE", "NONE", ""])
def test_an_unsigned_token_is_refused(
    client: Client, member: Member, key: SigningKey, algorithm: str
) -> None:
    header = {"alg": algorithm, "kid": key.kid}
    token = f"{_segment(header)}.{_segment(claims_of(member))}."
    assert status_with(client, token) == 401


def test_a_token_signed_with_the_public_key_as_secret_is_refused(
    client: Client, member: Member, key: SigningKey
) -> None:
    import hashlib
    import hmac

    pem = key.public.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signing_input = f"{_segment({'alg': 'HS256', 'kid': key.kid})}.{_segment(claims_of(member))}"
    digest = hmac.new(pem, signing_input.encode(), hashlib.sha256).digest()
    token = f"{signing_input}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"
    assert status_with(client, token) == 401


@pytest.mark.parametrize("kid", [None, "", "../../etc/passwd", "other", 1, ["x"]])
def test_a_token_with_an_unknown_key_id_is_refused(
    client: Client, member: Member, key: SigningKey, kid: object
) -> None:
    token = _by_hand({"alg": "RS256", "kid": kid}, claims_of(member), key)
    assert status_with(client, token) == 401


def test_a_token_is_not_verified_with_a_key_that_it_contains(
    client: Client, member: Member, key: SigningKey
) -> None:
    stranger = SigningKey(key.kid, rsa.generate_private_key(65537, 2048))
    jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(stranger.public))
    token = signed(claims_of(member), stranger, jwk=jwk, jku="https://evil.test/jwks.json")
    assert status_with(client, token) == 401


def test_a_tampered_token_is_refused(client: Client, member: Member) -> None:
    head, _, signature = member.session["accessToken"].split(".")
    claims = _segment(claims_of(member, roles=["ADMIN"]))
    assert status_with(client, f"{head}.{claims}.{signature}") == 401


def test_roles_come_from_the_database_not_the_token(
    client: Client, member: Member, key: SigningKey, rows: Rows
) -> None:
    rows("UPDATE user_profiles SET role = 'member' WHERE user_id = :id", id=member.id)
    assert claims_of(member)["roles"] == ["owner"]
    answer = client.post("/api/twilio/subaccount", headers=member.headers)
    problem(answer, 403, "forbidden")


@pytest.mark.parametrize(
    "end",
    [
        "UPDATE users SET status = 'disabled' WHERE id = :id",
        "DELETE FROM users WHERE id = :id",
        "UPDATE sessions SET revoked_at = now() WHERE user_id = :id",
    ],
)
def test_a_token_stops_working_once_its_user_is_disabled_or_its_session_ends(
    client: Client, member: Member, rows: Rows, end: str
) -> None:
    assert client.get("/api/me", headers=member.headers).status_code == 200
    rows(end, id=member.id)
    wait_until_sync(lambda: client.get("/api/me", headers=member.headers).status_code == 401)


def test_a_token_in_use_expires_on_time(client: Client, member: Member, key: SigningKey) -> None:
    token = signed(claims_of(member, exp=int(time.time()) + 2), key)
    assert status_with(client, token) == 200
    wait_until_sync(lambda: status_with(client, token) == 401)


def test_a_session_is_not_valid_in_another_organisation(
    client: Client, member: Member, key: SigningKey
) -> None:
    other = sign_up(client)
    token = signed(claims_of(member, orgId=other.org_id), key)
    assert status_with(client, token) == 401


def test_tokens_can_be_verified_with_the_published_key_set(client: Client, member: Member) -> None:
    answer = client.get("/.well-known/jwks.json")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    keys = jwt.PyJWKSet.from_dict(answer.json())
    token = member.session["accessToken"]
    key = keys[jwt.get_unverified_header(token)["kid"]]
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="smsblaster-api")
    assert claims["userId"] == member.id
    assert "d" not in answer.json()["keys"][0]
