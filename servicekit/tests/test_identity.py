"""The identity of the caller is known while a call is served, and only then."""

from dataclasses import replace
from uuid import uuid4

import pytest

from servicekit import identity
from servicekit.errors import Forbidden, Unauthenticated
from servicekit.identity import Identity, acting_as

SOMEONE = Identity("gateway", uuid4(), uuid4(), "Acme Ltd", email_verified=True)


def test_reading_the_identity_outside_of_a_call_raises_an_error() -> None:
    with pytest.raises(Unauthenticated):
        identity.current()


def test_requiring_an_organisation_or_user_that_an_identity_lacks_raises_an_error() -> None:
    with pytest.raises(Unauthenticated):
        Identity("messaging").require_org()
    with pytest.raises(Unauthenticated):
        Identity("messaging", uuid4()).require_user()


def test_after_a_nested_block_the_identity_of_the_outer_block_is_current_again() -> None:
    other = Identity("billing")
    with acting_as(SOMEONE):
        with acting_as(other):
            assert identity.current() == other
        assert identity.current() == SOMEONE


@pytest.mark.parametrize(("required", "verified"), [(False, False), (False, True), (True, True)])
def test_sending_is_allowed_with_a_verified_email_address_or_if_none_is_required(
    required: bool, verified: bool
) -> None:
    with acting_as(replace(SOMEONE, email_verified=verified)):
        identity.require_verified_email(required)


def test_sending_is_refused_if_a_verified_email_address_is_required_and_missing() -> None:
    someone = replace(SOMEONE, email_verified=False)
    with acting_as(someone), pytest.raises(Forbidden) as refusal:
        identity.require_verified_email(True)
    assert refusal.value.code == "email_not_verified"
