"""Human pages, for now."""

from aiohttp import web

from simulator.html import page
from simulator.simulation import Simulation


class Pages:
    """The pages."""

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/", self.overview)

    async def overview(self, request: web.Request) -> web.StreamResponse:
        """The first page."""
        return page("Overview")
