"""The commands for operators after a restore: find what was lost, and complete what can be."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from servicekit.command_options import parse_moment
from servicekit.db.limits import JOB, working_within
from servicekit.service import open_kit
from services.messaging.parts.pipeline import Pipeline
from services.messaging.sending.domain.lost_messages import KnownCharge, parse_charges
from services.messaging.sending.usecases.complete_lost_messages import CompleteLostMessages
from services.messaging.sending.usecases.find_lost_messages import FindLostMessages
from services.messaging.settings import SenderSettings

log = structlog.get_logger()


async def find_lost(
    settings: SenderSettings, _stop: asyncio.Event, *, since: str, charges: str
) -> None:
    """Print messages of Twilio and charges that have no message here, as one JSON object per line.

    Args:
        settings: The settings of a sender.
        since: The time to which a database was restored, with its offset (ISO 8601).
        charges: A file with what billing's `list-charges` has printed for the same time.

    Raises:
        ValueError: The file has something else.
        SystemExit: `since` is not such a time. Or the list is not complete, because Twilio's list
            could not be read for an organisation; the log names it.
    """
    moment, known = parse_moment("since", since), await _read(charges)
    async with _search(settings) as (_, search):
        async for message in search.of_all(moment):
            print(message.json)
        for charge in await search.without_message(known):
            print(charge.json)


async def complete_lost(
    settings: SenderSettings, _stop: asyncio.Event, *, since: str, charges: str
) -> None:
    """Complete the messages that only a callback has stored, from Twilio's list and the charges.

    The arguments and errors are those of `find_lost`. The log says how many were completed.
    """
    moment, known = parse_moment("since", since), await _read(charges)
    async with _search(settings) as (pipeline, search):
        found = [message async for message in search.of_all(moment)]
        count = await CompleteLostMessages(pipeline.kit.database).complete(found, known)
        log.info("lost_messages_completed", count=count)


async def _read(charges: str) -> Sequence[KnownCharge]:
    lines = await asyncio.to_thread(Path(charges).read_text, encoding="utf-8")
    return parse_charges(lines.splitlines())


@asynccontextmanager
async def _search(settings: SenderSettings) -> AsyncIterator[tuple[Pipeline, FindLostMessages]]:
    """Open what a search needs. At the end, exit with 1 if an organisation was not searched."""
    async with open_kit("messaging", settings) as kit:
        pipeline = Pipeline.build(kit, settings)
        search = FindLostMessages(kit.database, pipeline.reader, pipeline.accounts)
        try:
            with working_within(JOB):
                yield pipeline, search
        finally:
            await pipeline.close()
            for channel in pipeline.channels:
                await channel.close()
    if search.skipped:
        raise SystemExit(1)
