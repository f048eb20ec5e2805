"""Run the service, in this process or as a process of its own, and read its database."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from uuid import UUID

import httpx
from pydantic import SecretStr
from sqlalchemy import RowMapping, Select, select, update

from servicekit.db.database import Database
from services.webhooks.app import application
from services.webhooks.settings import WebhooksSettings
from services.webhooks.storage.tables import webhook_dead_letters, webhook_logs
from services.webhooks.tests.calls import Request, TwilioAccount
from tests.fixtures.asgi_server import asgi_server
from tests.fixtures.commands import ForkedProcess
from tests.fixtures.waiting import wait_until


@dataclass(frozen=True)
class Service:
    """A running service."""

    client: httpx.AsyncClient
    database: Database

    async def post(self, request: Request) -> httpx.Response:
        """Send a request to the service, byte for byte as given."""
        return await self.client.post(request.target, content=request.body, headers=request.headers)

    async def logged(self) -> list[RowMapping]:
        """Return the logged webhooks, oldest first."""
        return await self._rows(select(webhook_logs).order_by(webhook_logs.c.id))

    async def logged_of(self, account: TwilioAccount) -> list[RowMapping]:
        """Return the logged webhooks of an account's organisation, oldest first."""
        return [row for row in await self.logged() if row["org_id"] == account.org_id]

    async def logged_as(self, external_id: str) -> list[RowMapping]:
        """Return the logged webhooks of one event."""
        return [row for row in await self.logged() if row["external_id"] == external_id]

    async def row(self, webhook_id: UUID) -> RowMapping:
        """Return the row of one webhook in the log."""
        rows = await self._rows(select(webhook_logs).where(webhook_logs.c.id == webhook_id))
        return rows[0]

    async def letters(self) -> list[RowMapping]:
        """Return the dead letters, oldest first."""
        return await self._rows(select(webhook_dead_letters).order_by(webhook_dead_letters.c.id))

    async def date_back(self, webhook_id: UUID, **ago: float) -> None:
        """Move the times at which a webhook was received and is due into the past."""
        then = datetime.now(UTC) - timedelta(**ago)
        async with self.database.system() as connection:
            await connection.execute(
                update(webhook_logs)
                .where(webhook_logs.c.id == webhook_id)
                .values(received_at=then, next_attempt_at=then)
            )

    async def _rows(self, query: Select[Any]) -> list[RowMapping]:
        async with self.database.system() as connection:
            return list((await connection.execute(query)).mappings())


@dataclass(frozen=True)
class ServiceProcess(Service):
    """A service in a process of its own. `log_file` has its output."""

    process: ForkedProcess
    log_file: Path


def form_of(row: RowMapping) -> dict[str, str]:
    """Return the fields of a logged form."""
    return dict(parse_qsl(bytes(row["payload"]).decode(), keep_blank_values=True))


def environment(settings: WebhooksSettings) -> dict[str, str]:
    """Return `settings` as environment variables of a process."""
    return {name.upper(): _text(value) for name, value in settings if value is not None}


@asynccontextmanager
async def serving_here(settings: WebhooksSettings, folder: Path) -> AsyncIterator[Service]:
    """Run the service in a thread of this process until the ``with`` block ends.

    Waits until it is ready. A process of its own would first import everything.
    """
    server = asgi_server(application(settings, folder / "lead.lock"), settings.pace())
    url = await asyncio.to_thread(server.__enter__)
    try:
        async with _client_of(url) as client, _database_of(settings) as database:
            await wait_until(lambda: _answers(settings), timeout=180)
            yield Service(client, database)
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


@asynccontextmanager
async def serving(settings: WebhooksSettings, folder: Path) -> AsyncIterator[ServiceProcess]:
    """Run the service as a process until the ``with`` block ends. Waits until it is ready."""
    log_file = folder / "log"
    process = ForkedProcess("services.webhooks", "serve", env=environment(settings), log=log_file)
    try:
        await wait_until(lambda: _is_ready(settings, process), timeout=180)
        url = f"http://{settings.http_listen}"
        async with _client_of(url) as client, _database_of(settings) as database:
            yield ServiceProcess(client, database, process, log_file)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, 60)


def _client_of(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, timeout=httpx.Timeout(60, pool=None))


@asynccontextmanager
async def _database_of(settings: WebhooksSettings) -> AsyncIterator[Database]:
    database = Database(settings.database_url.get_secret_value(), 2)
    yield database
    await database.close()


async def _is_ready(settings: WebhooksSettings, process: ForkedProcess) -> bool:
    assert process.poll() is None, "the service ended; its log says why"
    return await _answers(settings)


async def _answers(settings: WebhooksSettings) -> bool:
    """Return whether the service responds that it is ready."""
    try:
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"http://{settings.ops_listen}/readyz")
    except httpx.TransportError:
        return False
    return answer.status_code == 200


def _text(value: object) -> str:
    return str(value.get_secret_value() if isinstance(value, SecretStr) else value)
