"""Manual refunds and disputes, as made in Stripe's dashboard or by a customer's bank."""

from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from simulator.control.answers import body_of, guarded, json_answer
from simulator.stripe.reversals import Reversals


class MoneyBack(BaseModel):
    """A request to refund a payment, or `amount` cents of it.

    The default is the whole payment.
    """

    model_config = ConfigDict(extra="forbid")

    payment_intent: str
    amount: int | None = Field(None, gt=0)
    reason: str | None = None


class DisputedPayment(MoneyBack):
    """A request to dispute a payment.

    A status that begins with `warning_` makes it an inquiry.
    """

    status: Literal["needs_response", "warning_needs_response"] = "needs_response"


class Verdict(BaseModel):
    """A request to close a dispute with its final status: won or lost."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["won", "lost"]


class DisputeStatus(BaseModel):
    """A request to move a dispute to another open status."""

    model_config = ConfigDict(extra="forbid")

    status: Literal[
        "needs_response", "under_review", "warning_needs_response", "warning_under_review"
    ]


class RefundStatus(BaseModel):
    """A request to move a refund to another status."""

    model_config = ConfigDict(extra="forbid")

    status: Literal["pending", "requires_action", "succeeded", "failed", "canceled"]


class MoneyBackControl:
    """Handlers of `/sim/stripe/refund` and `/sim/stripe/dispute`.

    Args:
        reversals: Makes and changes refunds and disputes.
    """

    def __init__(self, reversals: Reversals) -> None:
        self._reversals = reversals

    def mount(self, app: web.Application) -> None:
        """Register these routes with the application."""
        for path, handler in (
            ("refund", self.refund),
            ("refund/{refund_id}", self.move_refund),
            ("dispute", self.dispute),
            ("dispute/{dispute_id}", self.move_dispute),
            ("dispute/{dispute_id}/close", self.close_dispute),
        ):
            app.router.add_route("POST", f"/sim/stripe/{path}", guarded(handler))

    async def refund(self, request: web.Request) -> web.StreamResponse:
        """Refund a payment, as a person does in Stripe's dashboard."""
        asked = MoneyBack.model_validate(await body_of(request))
        refund = await self._reversals.refund_payment(asked.payment_intent, asked.amount)
        return json_answer(refund, 201)

    async def move_refund(self, request: web.Request) -> web.StreamResponse:
        """Move a refund to another status."""
        asked = RefundStatus.model_validate(await body_of(request))
        refund_id = request.match_info["refund_id"]
        return json_answer(await self._reversals.move_refund(refund_id, asked.status))

    async def dispute(self, request: web.Request) -> web.StreamResponse:
        """Have the cardholder dispute a payment."""
        asked = DisputedPayment.model_validate(await body_of(request))
        dispute = await self._reversals.dispute_payment(
            asked.payment_intent, asked.amount, asked.reason or "fraudulent", asked.status
        )
        return json_answer(dispute, 201)

    async def move_dispute(self, request: web.Request) -> web.StreamResponse:
        """Move a dispute to another open status."""
        asked = DisputeStatus.model_validate(await body_of(request))
        dispute_id = request.match_info["dispute_id"]
        return json_answer(await self._reversals.move_dispute(dispute_id, asked.status))

    async def close_dispute(self, request: web.Request) -> web.StreamResponse:
        """Close a dispute as won or lost."""
        verdict = Verdict.model_validate(await body_of(request))
        dispute_id = request.match_info["dispute_id"]
        return json_answer(await self._reversals.close_dispute(dispute_id, verdict.status))
