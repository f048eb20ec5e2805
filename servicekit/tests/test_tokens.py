"""Internal tokens contain the identity of the caller, and only valid tokens are accepted."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from uuid import uuid4

import jwt
import pytest
from structlog.testing import capture_logs

from servicekit.errors import InternalTokenRefused, Unauthenticated
from servicekit.identity import Identity, acting_as
from servicekit.telemetry import clocks
from servicekit.tokens import CLOCK_TOLERANCE_SECONDS, TOKEN_SECONDS, TokenSigner

KEY = b"k" * 64
SOMEONE = Identity(
    "gateway",
    uuid4(),
    uuid4(),
    "Acme Ltd",
    frozenset({"owner", "ADMIN"}),
    email_verified=True,
    org_time_zone="Europe/Berlin",
)

SOMEONE_ELSE = replace(SOMEONE, service="campaigns")


def claims() -> dict[str, object]:
    now = int(time.time())
    return {
        "iss": "gateway",
        "aud": "smsblaster-internal",
        "iat": now,
        "exp": now + 60,
        "org": str(uuid4()),
        "user": str(uuid4()),
        "orgName": "Acme",
        "roles": ["owner"],
    }


def token_of(changes: dict[str, object], key: bytes = KEY, algorithm: str = "HS256") -> str:
    """Return a token whose valid claims are replaced by ``changes``; None removes a claim."""
    changed = {name: value for name, value in {**claims(), **changes}.items() if value is not None}
    return jwt.encode(changed, key, algorithm=algorithm)


@pytest.mark.parametrize(
    "who",
    [
        SOMEONE,
        Identity("gateway"),
        Identity("gateway", uuid4()),
        Identity("gateway", may_send=False),
    ],
)
def test_a_token_contains_the_identity_of_the_caller(who: Identity) -> None:
    assert TokenSigner("billing", KEY).verify(TokenSigner("gateway", KEY).sign(who)) == who


def test_the_signing_key_of_tokens_can_be_replaced_without_stopping_a_process() -> None:
    old, new = b"o" * 64, b"n" * 64
    before, accepting = TokenSigner("gateway", old), TokenSigner("gateway", old, new)
    signing, after = TokenSigner("gateway", new, old), TokenSigner("gateway", new)
    for signer, verifier in (
        (before, accepting),
        (accepting, before),
        (accepting, signing),
        (signing, accepting),
        (signing, after),
        (after, signing),
    ):
        assert verifier.verify(signer.sign(SOMEONE)) == SOMEONE
    for signer, verifier in ((before, after), (after, before)):
        with pytest.raises(Unauthenticated):
            verifier.verify(signer.sign(SOMEONE))


def test_claims_that_an_old_token_lacks_get_default_values() -> None:
    carried = TokenSigner("billing", KEY).verify(token_of({}))
    assert (carried.email_verified, carried.org_time_zone) == (False, "UTC")


def test_a_services_token_contains_the_service_and_the_user_that_it_serves() -> None:
    with acting_as(SOMEONE):
        carried = TokenSigner("x", KEY).verify(TokenSigner("campaigns", KEY).sign_current())
    assert carried.service == "campaigns"
    assert (carried.org_id, carried.user_id) == (SOMEONE.org_id, SOMEONE.user_id)
    assert not carried.is_user


def test_a_service_that_works_for_no_organisation_has_none_in_its_tokens() -> None:
    carried = TokenSigner("x", KEY).verify(TokenSigner("messaging", KEY).sign_current())
    assert carried == Identity("messaging")


def test_a_token_that_has_all_claims_and_the_right_signature_is_accepted() -> None:
    assert TokenSigner("billing", KEY).verify(token_of({})).roles == {"owner"}


@pytest.mark.parametrize(
    "bad",
    [
        lambda: "",
        lambda: "nonsense",
        lambda: token_of({}, key=b"x" * 64),
        lambda: token_of({}, algorithm="HS384"),
        lambda: jwt.encode(claims(), "", algorithm="none"),
        lambda: token_of({"exp": int(time.time()) - CLOCK_TOLERANCE_SECONDS - 5}),
        lambda: token_of({"iat": int(time.time()) + CLOCK_TOLERANCE_SECONDS + 5}),
        lambda: token_of({"iat": "yesterday"}),
        lambda: token_of({"aud": "smsblaster"}),
        lambda: token_of({"aud": ["smsblaster-internal", "another"]}),
        lambda: token_of({"aud": ["smsblaster-internal"]}),
        lambda: token_of({"org": "not-an-id"}),
        lambda: token_of({"org": 7}),
        lambda: token_of({"roles": 1}),
        *(
            lambda claim=claim: token_of({claim: None})
            for claim in ("iss", "aud", "iat", "exp", "orgName", "roles")
        ),
    ],
)
def test_an_invalid_token_is_refused(bad: Callable[[], str]) -> None:
    with pytest.raises(Unauthenticated):
        TokenSigner("billing", KEY).verify(bad())


def test_a_changed_token_is_refused_even_after_the_original_was_accepted() -> None:
    signer = TokenSigner("billing", KEY)
    token = signer.sign(SOMEONE)
    signer.verify(token)
    head, body, signature = token.split(".")
    with pytest.raises(Unauthenticated):
        signer.verify(f"{head}.{body[:-2]}AA.{signature}")


@dataclass
class Clocks:
    """The clocks of this process: a wall clock that can be set, and a monotonic clock."""

    wall: float = field(default_factory=time.time)
    steady: float = 1000.0

    def pass_seconds(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    own = Clocks()
    monkeypatch.setattr(time, "time", lambda: own.wall)
    monkeypatch.setattr(time, "monotonic", lambda: own.steady)
    return own


def test_a_token_that_was_accepted_once_still_expires(own: Clocks) -> None:
    verifier = TokenSigner("billing", KEY)
    token = token_of({})
    assert verifier.verify(token).roles == {"owner"}
    own.pass_seconds(60 + CLOCK_TOLERANCE_SECONDS)
    with pytest.raises(InternalTokenRefused):
        verifier.verify(token)


def test_a_new_token_is_signed_after_half_of_the_old_ones_lifetime(own: Clocks) -> None:
    signer = TokenSigner("billing", KEY)
    token = signer.sign(SOMEONE)
    assert signer.sign(SOMEONE) == token
    own.pass_seconds(TOKEN_SECONDS / 2)
    assert signer.sign(SOMEONE) != token


@pytest.mark.parametrize("ahead", [-CLOCK_TOLERANCE_SECONDS, 0, CLOCK_TOLERANCE_SECONDS])
@pytest.mark.parametrize("age", [0, TOKEN_SECONDS // 2])
def test_services_whose_clocks_differ_by_a_minute_accept_each_others_tokens(
    own: Clocks, ahead: int, age: int
) -> None:
    token = TokenSigner("gateway", KEY).sign(SOMEONE)
    own.pass_seconds(ahead + age)
    assert TokenSigner("billing", KEY).verify(token) == SOMEONE


@pytest.mark.parametrize("ahead", [-600, 600])
def test_a_clock_that_differs_by_more_than_tolerated_is_reported_once(
    own: Clocks, ahead: int
) -> None:
    verifier = TokenSigner("billing", KEY)
    with capture_logs() as lines:
        for _ in range(3):
            token = TokenSigner("campaigns", KEY).sign(SOMEONE_ELSE)
            own.wall += ahead
            with pytest.raises(InternalTokenRefused):
                verifier.verify(token)
            own.wall -= ahead
        # The token may be up to half a minute old, so the difference is not known more exactly.
        offset = clocks.OFFSET.labels("service campaigns")._value.get()
        assert offset == pytest.approx(-ahead, abs=31)
        assert verifier.verify(TokenSigner("campaigns", KEY).sign(SOMEONE_ELSE)) == SOMEONE_ELSE
    told = [(line["event"], line["of"]) for line in lines if line["log_level"] == "error"]
    assert told == [("clocks_differ", "service campaigns")]


@pytest.mark.parametrize("wrong", [-600, 600])
def test_a_services_tokens_are_accepted_as_soon_as_its_clock_is_right(
    own: Clocks, wrong: int
) -> None:
    signer, verifier = TokenSigner("gateway", KEY), TokenSigner("billing", KEY)
    own.wall += wrong
    token = signer.sign(SOMEONE)
    own.wall -= wrong
    assert signer.sign(SOMEONE) != token
    assert verifier.verify(signer.sign(SOMEONE)) == SOMEONE


def test_each_of_many_tokens_is_verified_as_its_own_identity() -> None:
    signer = TokenSigner("gateway", KEY)
    people = [Identity("gateway", uuid4(), uuid4()) for _ in range(1100)]
    tokens = [signer.sign(person) for person in people]
    assert [signer.verify(token) for token in tokens] == people
    assert [signer.verify(signer.sign(person)) for person in people] == people
