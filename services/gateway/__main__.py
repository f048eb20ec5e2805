"""``python -m services.gateway COMMAND``: see ``--help``.

Modules that only the gateway needs are imported when its command runs. The stream process must hold
thousands of connections in little memory, so it imports neither the contract nor Flask.
"""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from servicekit import process
from servicekit.db.database import Database
from servicekit.db.suitable import exit_if_unsuitable
from servicekit.errors import NotFound
from servicekit.identity import GATEWAY
from servicekit.migrations import migrate
from servicekit.settings import AnySettings, load
from servicekit.telemetry import logs
from servicekit.telemetry.traced import traced
from servicekit.web.server import AsgiServer
from services.gateway.settings import GatewaySettings, StreamSettings

# Extra connections, for clients that are refused because too many streams are open.
_REFUSED = 200


def main() -> None:
    """Run the command that was given on the command line."""
    arguments = _parser().parse_args()
    if arguments.command == "openapi":
        _print_document(closed_enums=arguments.closed_enums)
    elif arguments.command == "migrate":
        migrate("gateway")
    elif arguments.command == "stream":
        _stream(_configured(StreamSettings, "stream"))
    else:
        settings = _configured(GatewaySettings, "gateway")
        if arguments.command == "serve":
            _serve(settings)
        elif arguments.command == "rewrap":
            _rewrap(settings)
        elif arguments.command == "job":
            _run_job(settings, arguments.name)
        else:
            _with_database(settings, lambda db: _grant_operator(db, arguments.email))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.gateway")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("serve", help="run the REST API until SIGTERM")
    commands.add_parser("stream", help="run the live stream until SIGTERM")
    commands.add_parser("migrate", help="apply all migrations to the database")
    commands.add_parser("rewrap", help="rewrap every stored secret under the newest key")
    commands.add_parser("job", help="run one job now").add_argument("name")
    grant = commands.add_parser("grant-admin", help="make a user an operator of the platform")
    grant.add_argument("email")
    openapi = commands.add_parser("openapi", help="print the API's OpenAPI document")
    openapi.add_argument(
        "--closed-enums",
        action="store_true",
        help="leave out enum values of later versions, for clients built with the platform",
    )
    return parser


def _configured(settings_class: type[AnySettings], name: str) -> AnySettings:
    """Return the settings of a process that has a database, and set up its logs."""
    settings = load(settings_class)
    logs.configure(name, settings.log_level)
    exit_if_unsuitable(settings.database_url.get_secret_value(), settings.direct_url())
    return settings


def _serve(settings: GatewaySettings) -> None:
    from services.gateway.app import application
    from services.gateway.storage.signing_keys import ensure_key

    ensure_key(Path(settings.jwt_keys_dir))
    AsgiServer(settings, partial(application, settings)).run()


def _stream(settings: StreamSettings) -> None:
    from services.gateway.stream.app import application

    AsgiServer(settings, partial(application, settings), settings.streams + _REFUSED).run()


def _print_document(*, closed_enums: bool) -> None:
    from services.gateway.http.openapi.document import document_bytes

    sys.stdout.write(document_bytes("", closed_enums=closed_enums).decode() + "\n")


def _rewrap(settings: GatewaySettings) -> None:
    from services.gateway.app import rewrap

    _with_database(settings, lambda db: rewrap(settings, db))


def _run_job(settings: GatewaySettings, name: str) -> None:
    from services.gateway.app import run_job

    _with_database(settings, lambda db: run_job(settings, db, name))


def _with_database(
    settings: GatewaySettings, work: Callable[[Database], Awaitable[object]]
) -> None:
    async def run(_: asyncio.Event) -> None:
        url = settings.database_url.get_secret_value()
        with traced(GATEWAY, settings):
            database = Database(url, settings.pool_size, settings.direct_url())
            try:
                await work(database)
            finally:
                await database.close()

    process.run(run)


async def _grant_operator(database: Database, email: str) -> None:
    from services.gateway.usecases.grant_operator import GrantOperator

    try:
        await GrantOperator(database).grant(email)
    except NotFound as error:
        raise SystemExit(error.message) from None


if __name__ == "__main__":
    main()
