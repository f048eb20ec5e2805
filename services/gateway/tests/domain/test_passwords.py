"""Passwords are stored as hashes. A check for an unknown account takes as long as any other."""

import time

import pytest

from services.gateway.domain.passwords import hash_password, password_matches
from services.gateway.domain.users import normal_email


@pytest.fixture(scope="module", autouse=True)
def quick_passwords() -> None:
    """Restore the real parameters for hashing passwords, which other tests make faster."""


def seconds(password: str, password_hash: str | None) -> float:
    """Return the CPU seconds of the fastest of a few checks of a password."""
    times = []
    for _ in range(7):
        started = time.thread_time()
        password_matches(password, password_hash)
        times.append(time.thread_time() - started)
    return min(times)


def test_a_password_matches_only_its_own_hash() -> None:
    kept = hash_password("correct horse")
    assert kept.startswith("$argon2id$")
    assert kept != hash_password("correct horse")
    assert password_matches("correct horse", kept)
    assert not password_matches("correct hors", kept)


def test_no_password_is_accepted_for_an_unknown_account() -> None:
    assert not password_matches("no account has this password", None)


def test_checking_a_password_takes_as_long_for_an_unknown_account_as_for_a_known_one() -> None:
    known, unknown = seconds("guess", hash_password("x")), seconds("guess", None)
    assert 0.5 < known / unknown < 2


def test_upper_case_in_an_email_address_is_ignored() -> None:
    assert normal_email(" Ann@Example.COM ") == "ann@example.com"
