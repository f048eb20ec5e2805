"""The `/sim` API: control the simulator and read what it has recorded. It has no authentication."""

from collections.abc import AsyncIterator
from typing import Any

import orjson
from aiohttp import web
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from simulator.clock import now_ms
from simulator.control.answers import body_of, guarded, json_answer, problem
from simulator.control.record import MessageFilter, Record
from simulator.edge import AsyncHandler
from simulator.faults import ActiveFault, FaultPlan
from simulator.settings import Behaviour
from simulator.simulation import Simulation
from simulator.twilio import phones
from simulator.twilio.inbound import Text

STREAM_PAGE = 2000
DEFAULT_LIMIT = 1000


class InboundText(BaseModel):
    """A text that a person sends, as `POST /sim/inbound` takes it."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    from_: str = Field(alias="from")
    to: str = Field(min_length=3)
    body: str = ""
    media_urls: list[str] = Field([], validation_alias=AliasChoices("mediaUrls", "media_urls"))
    opt_out_type: str | None = Field(
        None, validation_alias=AliasChoices("optOutType", "opt_out_type")
    )
    seconds_ago: int = Field(0, ge=0, validation_alias=AliasChoices("secondsAgo", "seconds_ago"))


class PayRequest(BaseModel):
    """A request to pay a session: the card, and whether the money arrives later (`async`)."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    card: str = "4242424242424242"
    later: bool = Field(False, alias="async")


class ControlApi:
    """Handlers of `/sim`.

    Args:
        simulation: The running simulator.
        record: Reads the requests, messages and webhooks that the simulator has stored.
    """

    def __init__(self, simulation: Simulation, record: Record) -> None:
        self._sim = simulation
        self._record = record

    def mount(self, app: web.Application) -> None:
        """Register the routes of `/sim` with the application."""
        for method, path, handler in self._routes():
            app.router.add_route(method, "/sim" + path, guarded(handler))

    def _routes(self) -> list[tuple[str, str, AsyncHandler]]:
        return [
            ("GET", "/health", self.health),
            ("POST", "/reset", self.reset),
            ("GET", "/faults", self.read_faults),
            ("POST", "/faults", self.set_faults),
            ("DELETE", "/faults", self.clear_faults),
            ("GET", "/behaviour", self.read_behaviour),
            ("POST", "/behaviour", self.change_behaviour),
            ("POST", "/inbound", self.receive_text),
            ("GET", "/record/messages", self.messages),
            ("GET", "/record/summary", self.summary),
            ("GET", "/record/requests", self.requests),
            ("GET", "/record/exchanges", self.exchanges),
            ("GET", "/record/callbacks", self.callbacks),
            ("GET", "/record/payments", self.payments),
            ("GET", "/outbox", self.outbox),
            ("POST", "/stripe/pay/{session_id}", self.pay),
            ("POST", "/stripe/settle/{session_id}", self.settle),
            ("POST", "/stripe/resend/{event_id}", self.resend),
        ]

    async def health(self, request: web.Request) -> web.StreamResponse:
        """Respond that the simulator runs, and how many messages and callbacks are in progress."""
        return json_answer(
            {
                "status": "ok",
                "callbacks_pending": self._sim.outbound.pending,
                "messages_in_flight": len(self._sim.lifecycle.live),
            }
        )

    async def reset(self, request: web.Request) -> web.StreamResponse:
        """Delete everything except the master account."""
        self._sim.reset()
        return json_answer({"status": "ok"})

    async def read_faults(self, request: web.Request) -> web.StreamResponse:
        """Return the faults that are set.

        Each has the count of requests that it matched, and of those that it changed.
        """
        return json_answer({"faults": [self._fault_view(a) for a in self._sim.faults.active]})

    async def set_faults(self, request: web.Request) -> web.StreamResponse:
        """Replace all faults with one fault, or with `{"faults": [...], "seed": 7}`."""
        asked = await body_of(request)
        if "faults" not in asked:
            seed = asked.pop("seed", None)
            asked = {"faults": [asked] if asked else [], "seed": seed}
        self._sim.faults.set(FaultPlan.model_validate(asked))
        return await self.read_faults(request)

    async def clear_faults(self, request: web.Request) -> web.StreamResponse:
        """Clear all faults, so that requests get normal responses again."""
        self._sim.faults.clear()
        return await self.read_faults(request)

    async def read_behaviour(self, request: web.Request) -> web.StreamResponse:
        """Return the settings for how the simulated carriers and accounts behave."""
        return json_answer(self._sim.behaviour.model_dump())

    async def change_behaviour(self, request: web.Request) -> web.StreamResponse:
        """Change the given behaviour settings. The change is lost when the simulator restarts."""
        changed = {**self._sim.behaviour.model_dump(), **await body_of(request)}
        self._sim.behave(Behaviour.model_validate(changed))
        return await self.read_behaviour(request)

    async def receive_text(self, request: web.Request) -> web.StreamResponse:
        """Have a person send a text to a phone number that an account has bought."""
        asked = InboundText.model_validate(await body_of(request))
        # A sender that is a name or another channel's address (whatsapp:+1...) is not changed.
        sender = (":" not in asked.from_ and phones.normalize(asked.from_)) or asked.from_
        text = Text(
            sender,
            asked.to,
            asked.body,
            tuple(asked.media_urls),
            asked.opt_out_type,
            now_ms() - asked.seconds_ago * 1000,
        )
        try:
            message = await self._sim.inbound.receive(text)
        except KeyError:
            return problem(404, "Nobody has bought the number in `to`.")
        return json_answer({"sid": message.sid, "account_sid": message.account_sid}, 201)

    async def messages(self, request: web.Request) -> web.StreamResponse:
        """Return recorded messages. `format=ndjson` streams all of them, one per line."""
        query = request.query
        if query.get("format") == "ndjson":
            return await self._stream_messages(request)
        wanted = _message_filter(request, int(query.get("limit", str(DEFAULT_LIMIT))))
        found = self._record.messages(wanted)
        return json_answer({"messages": found, "next_since_id": found[-1]["id"] if found else None})

    async def summary(self, request: web.Request) -> web.StreamResponse:
        """Count the recorded requests, and the recorded messages by account and status."""
        return json_answer(self._record.summary())

    async def requests(self, request: web.Request) -> web.StreamResponse:
        """Return recorded requests, newest first."""
        query = request.query
        limit = int(query.get("limit", str(DEFAULT_LIMIT)))
        path_prefix = query.get("path_prefix", "")
        return json_answer(
            {"requests": self._record.requests(query.get("host"), path_prefix, limit)}
        )

    async def exchanges(self, request: web.Request) -> web.StreamResponse:
        """Return requests with their responses, the latest `keep_exchanges` of each route."""
        return json_answer({"exchanges": self._sim.exchanges.of(request.query.get("host"))})

    async def callbacks(self, request: web.Request) -> web.StreamResponse:
        """Return recorded webhooks: each attempt to deliver one, and its outcome."""
        limit = int(request.query.get("limit", str(DEFAULT_LIMIT)))
        return json_answer({"callbacks": self._record.callbacks(request.query.get("sid"), limit)})

    async def payments(self, request: web.Request) -> web.StreamResponse:
        """Return the amounts paid, refunded and disputed for each payment, in cents."""
        return json_answer({"payments": self._sim.stripe.money_view()})

    async def outbox(self, request: web.Request) -> web.StreamResponse:
        """Return the mails that the simulated Postmark has accepted, newest first.

        With a `recipient`, only mails to this address are returned.
        """
        recipient = request.query.get("recipient")
        mails = self._sim.postmark.outbox()
        if recipient:
            mails = [mail for mail in mails if recipient in mail["Recipients"]]
        return json_answer({"messages": mails})

    async def pay(self, request: web.Request) -> web.StreamResponse:
        """Pay a Checkout Session, as the button on its page does."""
        asked = PayRequest.model_validate(await body_of(request))
        session = await self._sim.payments.pay(
            request.match_info["session_id"], asked.card, later=asked.later
        )
        return json_answer(session)

    async def settle(self, request: web.Request) -> web.StreamResponse:
        """Let the money of a delayed payment arrive, or fail with `{"failed": true}`."""
        failed = bool((await body_of(request)).get("failed"))
        session_id = request.match_info["session_id"]
        return json_answer(await self._sim.payments.settle(session_id, failed=failed))

    async def resend(self, request: web.Request) -> web.StreamResponse:
        """Deliver a Stripe event once more."""
        if not self._sim.events.resend(request.match_info["event_id"]):
            return problem(404, "There is no such event.")
        return json_answer({"status": "ok"})

    async def _stream_messages(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        await response.prepare(request)
        async for lines in self._pages(_message_filter(request, STREAM_PAGE)):
            await response.write(lines)
        await response.write_eof()
        return response

    async def _pages(self, wanted: MessageFilter) -> AsyncIterator[bytes]:
        while found := self._record.messages(wanted):
            yield b"".join(orjson.dumps(message) + b"\n" for message in found)
            wanted = MessageFilter(wanted.account_sid, wanted.to, found[-1]["id"], wanted.limit)

    def _fault_view(self, active: ActiveFault) -> dict[str, Any]:
        shown = active.fault.model_dump(exclude_defaults=True)
        return {**shown, "seen": active.seen, "hits": active.hits}


def _message_filter(request: web.Request, limit: int) -> MessageFilter:
    query = request.query
    since_id = int(query.get("since_id", "0"))
    return MessageFilter(query.get("account_sid"), query.get("to"), since_id, limit)
