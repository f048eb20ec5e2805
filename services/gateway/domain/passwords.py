"""Passwords: argon2id, and the same time taken whether or not there is an account."""

import argon2

# The parameters that OWASP's password storage cheat sheet gives for argon2id.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODYS_HASH = _HASHER.hash("no account has this password")


def hash_password(password: str) -> str:
    """The hash to keep. Takes tens of milliseconds of CPU: keep it off the event loop."""
    return str(_HASHER.hash(password))


def password_matches(password: str, password_hash: str | None) -> bool:
    """Whether ``password`` made ``password_hash``; None, for no account, takes as long.

    Takes tens of milliseconds of CPU: keep it off the event loop.
    """
    try:
        _HASHER.verify(password_hash or _NOBODYS_HASH, password)
    except argon2.exceptions.VerificationError:
        return False
    return password_hash is not None
