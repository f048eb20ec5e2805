"""Queries on guesses at passwords, and on the places that accounts have signed in from.

Accounts and places are kept as hashes: nothing here tells an address or a network.
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
from services.gateway.storage.users import Credentials

WINDOW = timedelta(minutes=15)
PLACES_KEPT = timedelta(days=90)
_ANYWHERE_ELSE = b""

# One statement: of guesses that come at once each gets a number of its own.
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
    """An attempt to sign in, counted before it is judged.

    ``tries`` counts this one, among those for the account from ``place``: a known one, or anywhere
    else together. ``seconds_left`` is how long until they count for nothing.
    """

    account: bytes
    place: bytes
    tries: int
    seconds_left: int

    @property
    def is_from_known_place(self) -> bool:
        """Whether the account has signed in from there before."""
        return self.place != _ANYWHERE_ELSE


async def count_guess(
    connection: AsyncConnection, email: str, credentials: Credentials | None, network: str
) -> Guess:
    """Count an attempt at the account with the normal address ``email``, which may not exist."""
    account, place = _hash(email), _place(email, network)
    known = credentials is not None and await _is_known(connection, credentials, place)
    place = place if known else _ANYWHERE_ELSE
    org_id = credentials.org_id if credentials else None
    counted = {"account": account, "place": place, "org_id": org_id, "window": WINDOW}
    row = (await connection.execute(_COUNT, counted)).one()
    return Guess(account, place, row.tries, row.seconds_left)


async def take_back(connection: AsyncConnection, guess: Guess) -> None:
    """The attempt was right: it does not count as a guess."""
    await connection.execute(
        update(guesses)
        .where(guesses.c.account == guess.account, guesses.c.place == guess.place)
        .values(tries=func.greatest(guesses.c.tries - 1, 0))
    )


async def know_place(
    connection: AsyncConnection, org_id: UUID, user_id: UUID, email: str, network: str
) -> None:
    """The user has shown who they are, from ``network``."""
    seen = insert(places).values(user_id=user_id, place=_place(email, network), org_id=org_id)
    await connection.execute(
        seen.on_conflict_do_update(constraint="pk_sign_in_places", set_={"last_at": func.now()})
    )


async def forget_places(connection: AsyncConnection, org_id: UUID, user_id: UUID) -> None:
    """Make every place unknown to a user."""
    await connection.execute(
        delete(places).where(places.c.org_id == org_id, places.c.user_id == user_id)
    )


async def _is_known(connection: AsyncConnection, credentials: Credentials, place: bytes) -> bool:
    query = select(places.c.place).where(
        places.c.user_id == credentials.user_id,
        places.c.place == place,
        places.c.last_at > func.now() - PLACES_KEPT,
    )
    return await connection.scalar(query) is not None


def _place(email: str, network: str) -> bytes:
    return _hash(f"{email} from {network}")


def _hash(value: str) -> bytes:
    return hashlib.sha256(value.encode()).digest()


OLD = (
    OldRows("sign_in_guesses", "encode(account, 'hex')", "since < now() - interval '1 day'"),
    OldRows(
        "sign_in_places",
        "user_id::text",
        f"last_at < now() - interval '{PLACES_KEPT.days} days'",
    ),
)
"""Guesses of more than a day, and places that nobody has signed in from for ninety."""
