"""Hash and check passwords with argon2id, in the same time whether or not the account exists."""

import argon2

# The parameters that OWASP's password storage cheat sheet gives for argon2id.
_HASHER = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_NOBODYS_HASH = _HASHER.hash("no account has this password")


def hash_password(password: str) -> str:
    """Return the hash to store. Takes tens of milliseconds of CPU: call it in a thread."""
    return str(_HASHER.hash(password))


def password_matches(password: str, password_hash: str | None) -> bool:
    """Return whether `password` has this hash.

    The check takes as long for None, which means an unknown account.

    Takes tens of milliseconds of CPU: call it in a thread.
    """
    try:
        _HASHER.verify(password_hash or _NOBODYS_HASH, password)
    except argon2.exceptions.VerificationError:
        return False
    return password_hash is not None
