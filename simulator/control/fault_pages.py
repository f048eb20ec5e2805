"""Web pages for setting faults manually."""

from html import escape

import orjson
from aiohttp import web
from pydantic import ValidationError

from simulator.faults import FaultPlan
from simulator.html import back_to, button, page, section, table
from simulator.simulation import Simulation

PRESETS = {
    "Twilio is slow": {"provider": "twilio", "latency_ms": [500, 2000]},
    "Twilio answers 429": {"provider": "twilio", "status": 429, "probability": 0.5},
    "Twilio answers 500": {"provider": "twilio", "status": 500, "probability": 0.2},
    "Twilio sends the text, but drops the answer": {
        "provider": "twilio",
        "method": "POST",
        "path_suffix": "/Messages.json",
        "accept_then_drop": True,
        "probability": 0.2,
    },
    "Callbacks sent twice and in random order": {"callbacks": {"duplicate": 1, "shuffle": True}},
    "Callbacks lost": {"callbacks": {"lose": 0.5}},
}

_EFFECTS = ", ".join(
    f"<code>{name}</code>"
    for name in (
        "latency_ms",
        "status",
        "drop_before",
        "accept_then_drop",
        "accept_then_500",
        "hang_s",
        "truncate",
        "close_after",
        "callbacks",
    )
)


class FaultPages:
    """Pages under `/faults`.

    Args:
        simulation: The simulator whose faults the pages set.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation

    def mount(self, app: web.Application) -> None:
        """Register the routes of `/faults` with the application."""
        app.router.add_get("/faults", self.show)
        app.router.add_post("/faults", self.change)

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the faults that are set, with buttons and a form to set others."""
        return self._page("")

    async def change(self, request: web.Request) -> web.StreamResponse:
        """Set the faults that were chosen or typed. If there are none, clear all faults."""
        text = str((await request.post()).get("plan", ""))
        try:
            plan = FaultPlan.model_validate_json(text or "{}")
        except ValidationError as error:
            return self._page(str(error))
        self._sim.faults.set(plan)
        return back_to("/faults")

    def _page(self, problem: str) -> web.Response:
        rows = [
            (
                f"<pre>{escape(active.fault.model_dump_json(exclude_defaults=True))}</pre>",
                str(active.seen),
                str(active.hits),
            )
            for active in self._sim.faults.active
        ]
        current = table(("Fault", "Requests seen", "Hit"), rows, "No faults are set.")
        presets = "".join(
            button("/faults", name, plan=orjson.dumps({"faults": [fault]}).decode())
            for name, fault in PRESETS.items()
        )
        notice = f'<pre class="notice bad">{escape(problem)}</pre>' if problem else ""
        example = orjson.dumps({"seed": 1, "faults": list(PRESETS.values())[:1]}).decode()
        return page(
            "Faults",
            section("Faults now", current, f'<div class="row">{button("/faults", "Clear")}</div>'),
            section("Ready-made", f'<div class="row">{presets}</div>'),
            section(
                "Your own",
                notice,
                '<p class="soft">JSON: <code>faults</code> is a list, <code>seed</code> makes '
                "random choices repeatable. A fault says which requests it changes "
                "(<code>provider</code>, <code>method</code>, <code>path_prefix</code>, "
                "<code>path_suffix</code>, <code>nth</code>, <code>probability</code>, "
                "<code>count</code>) and what happens: "
                f"{_EFFECTS}.</p>",
                '<form method="post"><label for="plan">Faults</label>',
                f'<textarea id="plan" name="plan" rows="5">{escape(example)}</textarea>',
                '<div class="row"><button>Set</button></div></form>',
            ),
        )
