"""The service running in this process, and what tests see of it from outside."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import httpx
from sqlalchemy import RowMapping, select
from werkzeug.serving import make_server

from servicekit.db.database import Database
from services.webhooks.app import Worker
from services.webhooks.settings import WebhooksSettings
from services.webhooks.storage.tables import webhook_dead_letters, webhook_logs
from services.webhooks.tests.calls import Request
from tests.fixtures.waiting import wait_until


@dataclass(frozen=True)
class Service:
    """A running service."""

    client: httpx.AsyncClient
    database: Database
    worker: Worker

    async def post(self, request: Request) -> httpx.Response:
        """Send a request as it is."""
        return await self.client.post(request.target, content=request.body, headers=request.headers)

    async def logged(self, external_id: str | None = None) -> list[RowMapping]:
        """The webhooks in the log, oldest first; of one event where it is named."""
        query = select(webhook_logs).order_by(webhook_logs.c.id)
        if external_id is not None:
            query = query.where(webhook_logs.c.external_id == external_id)
        async with self.database.system() as connection:
            return list((await connection.execute(query)).mappings())

    async def row(self, webhook_id: UUID) -> RowMapping:
        """One webhook of the log."""
        query = select(webhook_logs).where(webhook_logs.c.id == webhook_id)
        async with self.database.system() as connection:
            return (await connection.execute(query)).mappings().one()

    async def letters(self) -> list[RowMapping]:
        """The dead letters, oldest first."""
        query = select(webhook_dead_letters).order_by(webhook_dead_letters.c.id)
        async with self.database.system() as connection:
            return list((await connection.execute(query)).mappings())


@asynccontextmanager
async def serving(settings: WebhooksSettings, folder: Path) -> AsyncIterator[Service]:
    """Run the service in threads of this process until the block ends."""
    worker = await asyncio.to_thread(Worker, settings, folder / "lead.lock")
    host, _, port = settings.http_listen.rpartition(":")
    server = make_server(host, int(port), worker.app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    database = Database(settings.database_url.get_secret_value(), 2)
    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(
        base_url=f"http://{settings.http_listen}", timeout=20, limits=limits
    ) as client:
        yield Service(client, database, worker)
    await database.close()
    server.shutdown()
    thread.join()
    await asyncio.to_thread(worker.close)


async def ready(settings: WebhooksSettings) -> None:
    """Wait until the service's consumers and jobs run."""

    async def answers() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                answer = await client.get(f"http://{settings.ops_listen}/readyz")
        except httpx.TransportError:
            return False
        return answer.status_code == 200

    await wait_until(answers, timeout=20, message="service ready")
