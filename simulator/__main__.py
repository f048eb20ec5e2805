"""Run the simulator (`python -m simulator`) until a signal stops it."""

import asyncio
import logging

import uvloop
from aiohttp import web

from simulator.app import build
from simulator.settings import Behaviour, Settings

SHUTDOWN_S = 5.0


def main() -> None:
    """Serve on the configured address; SIGTERM or SIGINT stops the simulator cleanly."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    settings = Settings()
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    web.run_app(
        build(settings, Behaviour()),
        host=settings.host,
        port=settings.port,
        access_log=None,
        print=None,
        shutdown_timeout=SHUTDOWN_S,
    )


if __name__ == "__main__":
    main()
