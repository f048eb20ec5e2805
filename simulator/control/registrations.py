"""List A2P registrations on a page, and let a person or a test end their reviews."""

from html import escape
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from simulator.control.answers import body_of, guarded, json_answer, problem
from simulator.html import back_to, button, live, page, section, table
from simulator.simulation import Simulation
from simulator.twilio.a2p.magic import Fate
from simulator.twilio.a2p.models import Brand, Bundle, Campaign

LISTED = 100
IN_REVIEW = ("PENDING", "IN_REVIEW", "IN_PROGRESS", "pending-review", "in-review")
ADDRESS = "/registrations"
EIN_UNKNOWN, SAMPLES_UNFIT = 30795, 30893


class Decision(BaseModel):
    """The outcome of a review: approved, suspended, or rejected with a code."""

    model_config = ConfigDict(extra="forbid")

    status: str = Field("approved", pattern="^(approved|suspended|rejected)$")
    code: int = Field(30799, ge=10000, le=99999)

    @property
    def fate(self) -> Fate:
        """Return the decision as `Reviews` stores it: a status, or the code of a rejection."""
        return self.code if self.status == "rejected" else self.status


class Registrations:
    """Pages under `/registrations`, and `/sim/twilio/a2p`.

    Args:
        simulation: The simulator whose registrations the pages show.
    """

    def __init__(self, simulation: Simulation) -> None:
        self._sim = simulation

    def mount(self, app: web.Application) -> None:
        """Register these routes with the application."""
        app.router.add_get(ADDRESS, self.listing)
        app.router.add_post(ADDRESS, self.act)
        app.router.add_get("/sim/twilio/a2p", guarded(self.read))
        app.router.add_post("/sim/twilio/a2p/{sid}", guarded(self.decide))

    async def listing(self, request: web.Request) -> web.StreamResponse:
        """Show brands, campaigns and profiles."""
        a2p = self._sim.twilio.a2p
        brands = [self._brand_row(brand) for brand in list(a2p.brands)[::-1][:LISTED]]
        campaigns = [_campaign_row(campaign) for campaign in list(a2p.campaigns)[::-1][:LISTED]]
        profiles = [_bundle_row(bundle) for bundle in list(a2p.bundles)[::-1][:LISTED]]
        return page(
            "Registrations",
            live(
                section(
                    "Brands",
                    table(("Brand", "Business", "Status", ""), brands, "No brand is registered."),
                ),
                section(
                    "Campaigns",
                    table(("Campaign", "Use case", "Status", ""), campaigns, "No campaigns yet."),
                ),
                section(
                    "Profiles and trust products",
                    table(("Bundle", "Name", "Status", ""), profiles, "None."),
                ),
            ),
        )

    async def act(self, request: web.Request) -> web.StreamResponse:
        """Carry out the action of the button that was pressed."""
        form = await request.post()
        asked = {name: str(form[name]) for name in ("status", "code") if name in form}
        self._decide(str(form.get("sid", "")), Decision.model_validate(asked))
        return back_to(ADDRESS)

    async def read(self, request: web.Request) -> web.StreamResponse:
        """Return every brand and campaign with its status."""
        a2p = self._sim.twilio.a2p
        brands, campaigns = [_view(b) for b in a2p.brands], [_view(c) for c in a2p.campaigns]
        return json_answer({"brands": brands, "campaigns": campaigns})

    async def decide(self, request: web.Request) -> web.StreamResponse:
        """End a review or change its outcome: `{status: approved, suspended, rejected, code?}`."""
        decision = Decision.model_validate(await body_of(request))
        if not self._decide(request.match_info["sid"], decision):
            return problem(404, "There is no such brand, campaign, profile or trust product.")
        return json_answer({"status": "ok"})

    def _decide(self, sid: str, decision: Decision) -> bool:
        a2p, reviews = self._sim.twilio.a2p, self._sim.reviews
        brand, campaign, bundle = a2p.brands.get(sid), a2p.campaigns.get(sid), a2p.bundles.get(sid)
        if brand:
            reviews.decide_brand(brand, decision.fate)
        elif campaign:
            reviews.decide_campaign(campaign, decision.fate)
        elif bundle:
            reviews.decide_bundle(bundle, decision.code if decision.status == "rejected" else 0)
        return bool(brand or campaign or bundle)

    def _brand_row(self, brand: Brand) -> tuple[str, ...]:
        name = self._sim.twilio.a2p.attributes_of(brand).get("business_name", "")
        return (
            escape(brand.sid),
            escape(name),
            _status(brand.status, brand.errors),
            _buttons(brand.sid, brand.status, EIN_UNKNOWN),
        )


def _campaign_row(campaign: Campaign) -> tuple[str, ...]:
    return (
        escape(campaign.sid),
        escape(campaign.fields["us_app_to_person_usecase"]),
        _status(campaign.status, campaign.errors),
        _buttons(campaign.sid, campaign.status, SAMPLES_UNFIT),
    )


def _bundle_row(bundle: Bundle) -> tuple[str, ...]:
    return (
        escape(bundle.sid),
        escape(bundle.friendly_name),
        _status(bundle.status, bundle.errors),
        _buttons(bundle.sid, bundle.status, 18601),
    )


def _buttons(sid: str, status: str, code: int) -> str:
    if status not in IN_REVIEW:
        return ""
    approve = button(ADDRESS, "Approve", sid=sid, status="approved")
    return approve + button(ADDRESS, "Reject", sid=sid, status="rejected", code=str(code))


def _status(status: str, errors: list[dict[str, Any]]) -> str:
    codes = ", ".join(str(e.get("error_code", e.get("code"))) for e in errors)
    return escape(f"{status} {codes}".strip())


def _view(thing: Brand | Campaign) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "sid": thing.sid,
        "account_sid": thing.account_sid,
        "status": thing.status,
        "errors": thing.errors,
    }
    return shown
