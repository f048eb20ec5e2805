"""The command that lists what a restored database has lost."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from servicekit.command_options import parse_moment
from servicekit.db.limits import JOB, working_within
from servicekit.service import open_kit
from services.messaging.parts.pipeline import Pipeline
from services.messaging.sending.domain.lost_messages import KnownCharge, parse_charges
from services.messaging.sending.usecases.find_lost_messages import FindLostMessages
from services.messaging.settings import SenderSettings


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
        SystemExit: The list is not complete, because Twilio's list could not be read for an
            organisation. The log names it.
    """
    moment = parse_moment("since", since)
    lines = await asyncio.to_thread(Path(charges).read_text, encoding="utf-8")
    async with open_kit("messaging", settings) as kit:
        pipeline = Pipeline.build(kit, settings)
        search = FindLostMessages(kit.database, pipeline.reader, pipeline.accounts)
        try:
            with working_within(JOB):
                await _print(search, moment, parse_charges(lines.splitlines()))
        finally:
            await pipeline.close()
            for channel in pipeline.channels:
                await channel.close()
    if search.skipped:
        raise SystemExit(1)


async def _print(search: FindLostMessages, since: datetime, charges: Sequence[KnownCharge]) -> None:
    async for message in search.of_all(since):
        print(message.json)
    for charge in await search.without_message(charges):
        print(charge.json)
