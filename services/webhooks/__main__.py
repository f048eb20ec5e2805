"""``python -m services.webhooks serve | deliver | rewrap | migrate | job NAME | replay ID|all``."""

import argparse
import asyncio
from functools import partial
from uuid import UUID

import structlog

from servicekit import process
from servicekit.db.suitable import exit_if_unsuitable
from servicekit.errors import DomainError
from servicekit.migrations import migrate
from servicekit.settings import load
from servicekit.telemetry import logs
from servicekit.web.server import AsgiServer
from services.webhooks import app
from services.webhooks.parts.deliver import deliver
from services.webhooks.parts.endpoints import rewrap
from services.webhooks.settings import DeliverySettings, WebhooksSettings

log = structlog.get_logger()


def main() -> None:
    """Run the command that was given on the command line."""
    arguments = _parser().parse_args()
    if arguments.command == "deliver":
        _deliver()
    elif arguments.command == "migrate":
        migrate("webhooks")
    else:
        _run(arguments)


def _run(arguments: argparse.Namespace) -> None:
    settings = load(WebhooksSettings)
    logs.configure("webhooks", settings.log_level)
    exit_if_unsuitable(settings.database_url.get_secret_value(), settings.direct_url())
    if arguments.command == "serve":
        AsgiServer(settings, partial(app.application, settings)).run()
    elif arguments.command == "rewrap":
        process.run(partial(rewrap, settings))
    elif arguments.command == "job":
        process.run(partial(_run_job, settings, arguments.name))
    else:
        process.run(partial(_replay, settings, arguments.which))


def _deliver() -> None:
    settings = load(DeliverySettings)
    logs.configure("webhooks", settings.log_level)
    exit_if_unsuitable(settings.database_url.get_secret_value(), settings.direct_url())
    process.run(partial(deliver, settings))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.webhooks")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="serve webhooks until SIGTERM")
    commands.add_parser("deliver", help="deliver events to customers' endpoints until SIGTERM")
    commands.add_parser("rewrap", help="rewrap every stored secret under the newest key")
    commands.add_parser("migrate", help="apply all migrations to the database")
    commands.add_parser("job", help="run one job now").add_argument("name")
    replay = commands.add_parser("replay", help="publish dead letters again for their consumers")
    replay.add_argument(
        "which", type=_letter_id, help="the id of a dead letter, or 'all' for all that are waiting"
    )
    return parser


def _letter_id(text: str) -> str:
    return text if text == "all" else str(UUID(text))


async def _run_job(settings: WebhooksSettings, name: str, _: asyncio.Event) -> None:
    if not await app.run_job(settings, name):
        log.info("job_runs_elsewhere", job=name)


async def _replay(settings: WebhooksSettings, which: str, _: asyncio.Event) -> None:
    try:
        log.info("dead_letters_replayed", count=await app.replay(settings, which))
    except DomainError as error:
        raise SystemExit(error.message) from None


if __name__ == "__main__":
    main()
