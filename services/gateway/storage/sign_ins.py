"""Queries on password guesses, and on the networks that accounts have signed in from.

Accounts and networks are stored as hashes, so that the tables reveal no email address or network.
"""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.old_rows import OldRows
from services.gateway.storage.tables import sign_in_guesses as guesses
from services.gateway.storage.tables import sign_in_places as places

WINDOW = timedelta(minutes=15)
NETWORKS_REMEMBERED = timedelta(days=90)
_ANYWHERE_ELSE = b""

# One statement, so that simultaneous guesses get different counts.
_COUNT = text("""
INSERT INTO sign_in_guesses AS former (account, place, org_id)
VALUES (:account, :place, :org_id)
ON CONFLICT (account, place) DO UPDATE SET
  tries = CASE WHEN former.since > now() - :window THEN former.tries + 1 ELSE 1 END,
  since = CASE WHEN former.since > now() - :window THEN former.since ELSE now() END,
  org_id = excluded.org_id
RETURNING tries, ceil(extract(epoch FROM since + :window - now()))::integer AS seconds_left
""")


@dataclass(frozen=True, slots=True)
class Guess:
    """An attempt to sign in that was counted.

    `tries` is the count of attempts for the account from `network`, including this one. All
    networks that the account has never signed in from are counted together. After `seconds_left`
    the count starts again at zero.
    """

    account: bytes
    network: bytes
    tries: int
    seconds_left: int

    @property
    def is_from_known_network(self) -> bool:
        """Whether the account has signed in from the network of this attempt before."""
        return self.network != _ANYWHERE_ELSE


@dataclass(frozen=True, slots=True)
class AccountId:
    """An existing account, by the ids of its user and of its organisation."""

    user_id: UUID
    org_id: UUID


async def count_guess(
    connection: AsyncConnection,
    email: str,
    existing: AccountId | None,
    network: str,
    purpose: str = "",
) -> Guess:
    """Count an attempt to sign in to the account `email` (normalised), which may not exist.

    Guesses of different `purpose` are counted separately.
    """
    account, hashed = _hash(purpose + email), _network_hash(email, network)
    known = existing is not None and await _is_known(connection, existing, hashed)
    place = hashed if known else _ANYWHERE_ELSE
    org_id = existing.org_id if existing else None
    counted = {"account": account, "place": place, "org_id": org_id, "window": WINDOW}
    row = (await connection.execute(_COUNT, counted)).one()
    return Guess(account, place, row.tries, row.seconds_left)


async def uncount_guess(connection: AsyncConnection, guess: Guess) -> None:
    """Undo the count of an attempt to sign in whose password was correct."""
    await connection.execute(
        update(guesses)
        .where(guesses.c.account == guess.account, guesses.c.place == guess.network)
        .values(tries=func.greatest(guesses.c.tries - 1, 0))
    )


async def record_failure(connection: AsyncConnection, guess: Guess) -> None:
    """Write the count of wrong passwords once more, without changing it.

    `count_guess` has counted the wrong password already. With this write, the response for an
    account that exists takes as long as that for an account that doesn't, so that nobody can tell
    them apart.
    """
    await connection.execute(
        update(guesses)
        .where(guesses.c.account == guess.account, guesses.c.place == guess.network)
        .values(tries=guesses.c.tries)
    )


async def remember_network(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, email: str, network: str
) -> None:
    """Store that a user has signed in from `network`."""
    seen = insert(places).values(
        user_id=user_id, place=_network_hash(email, network), org_id=org_id
    )
    await connection.execute(
        seen.on_conflict_do_update(constraint="pk_sign_in_places", set_={"last_at": func.now()})
    )


async def forget_networks(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Delete all networks that a user has signed in from."""
    await connection.execute(
        delete(places).where(places.c.org_id == org_id, places.c.user_id == user_id)
    )


async def _is_known(connection: AsyncConnection, account: AccountId, network: bytes) -> bool:
    query = select(places.c.place).where(
        places.c.user_id == account.user_id,
        places.c.place == network,
        places.c.last_at > func.now() - NETWORKS_REMEMBERED,
    )
    return await connection.scalar(query) is not None


def _network_hash(email: str, network: str) -> bytes:
    return _hash(f"{email} from {network}")


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()


OLD = (
    OldRows("sign_in_guesses", "encode(account, 'hex')", "since < now() - interval '1 day'"),
    OldRows(
        "sign_in_places",
        "user_id::text",
        f"last_at < now() - interval '{NETWORKS_REMEMBERED.days} days'",
    ),
)
"""The rows to delete: guesses older than a day, and networks unused for ninety days."""
