"""Database and code have the same statuses, and only one module changes them."""

import re
from pathlib import Path

import pytest
from sqlalchemy import text

from servicekit.db.database import Database
from services.messaging.sending.domain.message_status import RANK, MessageStatus

MESSAGING = Path(__file__).parents[3]
SETS_STATUS = re.compile(
    r'UPDATE sms_messages\b[^"]*?\bSET\b((?!WHERE\b)[^"])*?\bstatus = |INSERT INTO sms_messages\b'
)
ALLOWED = {"sending/storage/transitions.py"}


@pytest.mark.parametrize("status", MessageStatus)
async def test_the_database_ranks_the_statuses_as_the_code_does(
    messaging: object, database: Database, status: MessageStatus
) -> None:
    async with database.system() as connection:
        rank = await connection.scalar(text("SELECT status_rank(:status)"), {"status": status})
    assert rank == RANK[status]


async def test_the_database_allows_exactly_the_known_statuses(
    messaging: object, database: Database
) -> None:
    query = text(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conname = 'ck_sms_messages_status'"
    )
    async with database.system() as connection:
        definition = str(await connection.scalar(query))
    assert set(re.findall(r"'(\w+)'", definition)) == set(MessageStatus)


def test_only_one_module_changes_the_status_of_outgoing_messages() -> None:
    found = {
        str(path.relative_to(MESSAGING))
        for path in MESSAGING.rglob("storage/*.py")
        if "tests" not in path.parts and SETS_STATUS.search(path.read_text())
    }
    incoming = {name for name in found if name.startswith("inbox/storage/incoming")}
    assert found - incoming == ALLOWED
    assert len(incoming) == 1
