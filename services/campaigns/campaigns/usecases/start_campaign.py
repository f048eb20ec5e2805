"""Start a campaign: fix its text, and leave it to the planner."""

from uuid import UUID

from sqlalchemy import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from servicekit import identity
from servicekit.db.database import Database
from servicekit.errors import Conflict, InvalidInput, NotFound
from services.campaigns.campaigns.domain.states import EDITABLE
from services.campaigns.campaigns.providers.contacts import Contacts
from services.campaigns.campaigns.providers.dispatch import Dispatch
from services.campaigns.campaigns.storage import campaigns, lifecycle
from services.campaigns.campaigns.support.campaign_text import TemplateGone, usable_text
from services.campaigns.campaigns.support.tell_messaging import tell_running
from services.campaigns.common.domain.terms import Terms
from services.campaigns.common.support.audit import audit

_NOT_STARTABLE = "campaign_not_startable"


async def start_campaign(
    database: Database,
    contacts: Contacts,
    dispatch: Dispatch,
    org_id: UUID,
    campaign_id: UUID,
    price_version: str | None = None,
) -> RowMapping:
    """Start a draft or scheduled campaign now, in the name of who is being served.

    Its text and the terms of now are confirmed by that, and its numbers are in use when this
    returns.

    Raises ``CrossOrgAccess`` or ``NotFound``; ``Conflict`` where it has started already, its list
    or template is gone, or the quote of ``price_version`` no longer holds; ``InvalidInput`` with
    ``missing_variables`` or ``no_sender``.
    """
    campaign = await campaigns.get(database, org_id, campaign_id)
    if campaign["status"] not in EDITABLE:
        raise _has_started()
    if campaign["retry_of"] is None:
        await _require_list(contacts, campaign["list_id"])
    await require_sender(dispatch)
    terms = await dispatch.terms()
    async with database.org(org_id) as connection:
        started = await _start(connection, org_id, campaign_id, terms, price_version)
    await tell_running(dispatch, started)
    return started


async def begin(
    connection: AsyncConnection,
    campaign: RowMapping,
    text: str,
    actor: UUID | None,
    terms: Terms | None,
) -> RowMapping | None:
    """Let ``campaign`` run with ``text``; None where its state does not allow it.

    ``actor`` is the user who wants it now, and confirms ``terms``; None where its time has come:
    its terms were confirmed when it was scheduled.
    """
    org_id, campaign_id = campaign["org_id"], campaign["id"]
    started = await lifecycle.start(connection, org_id, campaign_id, text, actor, terms)
    if started is not None:
        await audit(connection, "campaign_started", org_id, campaign_id, actor)
    return started


async def require_sender(dispatch: Dispatch) -> None:
    """Raise ``InvalidInput`` no_sender where the organisation has nothing to send from."""
    if not await dispatch.has_sender():
        raise InvalidInput.of("from", "there is no number to send from yet", "no_sender")


async def _start(
    connection: AsyncConnection,
    org_id: UUID,
    campaign_id: UUID,
    terms: Terms,
    price_version: str | None,
) -> RowMapping:
    # Read again: it may have been edited or deleted while others were asked.
    campaign = await campaigns.find(connection, org_id, campaign_id, lock=True)
    if campaign is None:
        raise _has_started()
    try:
        text = await usable_text(connection, org_id, campaign["message"] or campaign["template_id"])
    except TemplateGone:
        message = "Its template is deleted. Give it another text."
        raise Conflict(message, _NOT_STARTABLE) from None
    terms.require(price_version, text)
    started = await begin(connection, campaign, text, identity.current().require_user(), terms)
    if started is None:
        raise _has_started()
    return started


async def _require_list(contacts: Contacts, list_id: UUID) -> None:
    try:
        await contacts.require_list(list_id)
    except NotFound:
        raise Conflict("Its contact list is deleted. Choose another.", _NOT_STARTABLE) from None


def _has_started() -> Conflict:
    return Conflict("Only a draft or a scheduled campaign can be started.", _NOT_STARTABLE)
