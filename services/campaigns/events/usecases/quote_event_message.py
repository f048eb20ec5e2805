"""Get the price of an event message."""

import math
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit.db.database import Database
from servicekit.identity import Identity, acting_as
from services.campaigns.campaigns.domain.recipients import Audience
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.support.campaign_text import TemplateGone
from services.campaigns.campaigns.support.price_audience import PriceAudience, Priced, Quoted
from services.campaigns.common.storage import clock
from services.campaigns.events.domain.event_rules import require_notifiable
from services.campaigns.events.storage import attendees, audiences
from services.campaigns.events.storage.events import Event
from services.campaigns.events.support.compose_event_message import (
    EventMessageOrder,
    confirmed_text,
    message_text,
    placeholder_values,
    require_values,
)
from services.campaigns.events.support.load_event import current_viewer, load_event
from services.campaigns.events.support.load_question_set import load_question_set
from services.campaigns.templates.storage import templates


@dataclass(frozen=True, slots=True)
class QuotedEventMessage:
    """The quote of an event message. `without_phone` counts attendees without a phone number."""

    quoted: Quoted
    without_phone: int


class QuoteEventMessage:
    """Returns the prices of event messages without storing, charging or sending anything."""

    def __init__(self, database: Database, dispatch: Dispatch, prices: PriceAudience) -> None:
        self._database = database
        self._dispatch = dispatch
        self._prices = prices

    async def quote(
        self, order: EventMessageOrder, seconds: float = math.inf
    ) -> QuotedEventMessage:
        """Return the price of `order` now, as far as it can be counted in `seconds`.

        Raises:
            CrossOrgAccess: The event, or another id in `order`, belongs to another organisation.
            NotFound: The event, an attendee, the question set or the template doesn't exist.
            Forbidden: The user may not curate the event.
            Conflict: The event is not published or ended long ago.
            InvalidInput: Values are missing (code missing_variables).
            TooManyRequests: Other quotes of the organisation are in progress.
        """
        viewer, until = current_viewer(), self._prices.ends_at(seconds)
        with self._prices.admitted(viewer.org_id):
            event = await load_event(self._database, order.attendees.event_id, "curate")
            await self._require_attendees(event, order)
            if order.question_set_id:
                await load_question_set(
                    self._database, event.org_id, event.id, order.question_set_id
                )
            try:
                async with self._database.org(event.org_id) as connection:
                    priced, without_phone = await _compose(connection, event, order)
            except TemplateGone as gone:
                raise await templates.not_found(
                    self._database, event.org_id, gone.template_id
                ) from None
            with acting_as(Identity("campaigns", event.org_id, viewer.user_id)):
                terms = await self._dispatch.terms()
                quoted = await self._prices.price(event.org_id, priced, terms, until)
            return QuotedEventMessage(quoted, without_phone)

    async def _require_attendees(self, event: Event, order: EventMessageOrder) -> None:
        chosen = order.attendees.chosen
        if not chosen:
            return
        async with self._database.org(event.org_id) as connection:
            found = await attendees.phones(connection, event.org_id, event.id, chosen)
        if len(found) < len(chosen):
            missing = [attendee_id for attendee_id in chosen if attendee_id not in found]
            raise await attendees.not_found(self._database, event.org_id, missing)


async def _compose(
    connection: AsyncConnection, event: Event, order: EventMessageOrder
) -> tuple[Priced, int]:
    """Return the text and the audience to price, and how many attendees have no phone number."""
    require_notifiable(event.status, event.end, await clock.now(connection))
    values = await placeholder_values(connection, event, order)
    text = await message_text(connection, event, order)
    require_values(text, values)
    wanted = replace(order.attendees, variables=values)
    _, without_phone = await audiences.count(connection, event.org_id, wanted)
    audience = Audience(event.id, wanted)
    return Priced(text, audience, confirmed=confirmed_text(text, values)), without_phone
