"""Trust Hub's end users and supporting documents."""

from typing import Any

from simulator.clock import iso8601, new_sid, now_ms
from simulator.edge import Call, Reply, json_reply
from simulator.twilio.a2p.json_parameters import json_object
from simulator.twilio.a2p.models import Entity
from simulator.twilio.errors import TwilioError
from simulator.twilio.models import TwilioAccount
from simulator.twilio.paging import Page, reply_v1
from simulator.twilio.state import Twilio

PREFIXES = {"EndUsers": "IT", "SupportingDocuments": "RD"}
TYPES = {
    "EndUsers": (
        "customer_profile_business_information",
        "authorized_representative_1",
        "authorized_representative_2",
        "us_a2p_messaging_profile_information",
    ),
    "SupportingDocuments": ("customer_profile_address",),
}


def view(entity: Entity, call: Call) -> dict[str, Any]:
    """Return an end user or document as the API shows it."""
    shown: dict[str, Any] = {
        "sid": entity.sid,
        "account_sid": entity.account_sid,
        "friendly_name": entity.friendly_name,
        "type": entity.type,
        "attributes": entity.attributes,
        "date_created": iso8601(entity.created_ms),
        "date_updated": iso8601(entity.updated_ms),
        "url": f"{call.base_url}/{call.host}/v1/{entity.collection}/{entity.sid}",
    }
    if entity.collection == "SupportingDocuments":
        shown |= {"mime_type": None, "status": "DRAFT"}
    return shown


def create(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Make an end user or document.

    Raises:
        TwilioError: 20001 if the name is missing, the type is unknown or the attributes are not
            JSON.
    """
    collection, at = _collection(call), now_ms()
    name, kind = call.form.get("FriendlyName"), call.form.get("Type")
    if not name or kind not in TYPES[collection]:
        raise TwilioError(20001)
    attributes = json_object(call.form.get("Attributes", "{}"))
    sid = new_sid(PREFIXES[collection])
    entity = Entity(sid, account.sid, collection, kind, name, attributes, at, at)
    twilio.a2p.entities.put(call.writes, sid, entity)
    return json_reply(view(entity, call), 201)


def listing(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return an account's end users or documents, oldest first."""
    collection = _collection(call)
    found = [
        entity
        for entity in twilio.a2p.entities
        if (entity.account_sid, entity.collection) == (account.sid, collection)
    ]
    return reply_v1(call, "results", Page.cut(call, found), lambda entity: view(entity, call))


def fetch(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the end user or document that the path names."""
    return json_reply(view(_entity(twilio, account, call), call))


def update(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Rename an end user or document, or replace its attributes."""
    entity = _entity(twilio, account, call)
    if "Attributes" in call.form:
        entity.attributes = json_object(call.form.get("Attributes"))
    entity.friendly_name = call.form.get("FriendlyName") or entity.friendly_name
    entity.updated_ms = now_ms()
    twilio.a2p.entities.put(call.writes, entity.sid, entity)
    return json_reply(view(entity, call))


def delete(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Delete the end user or document that the path names."""
    twilio.a2p.entities.remove(call.writes, _entity(twilio, account, call).sid)
    return Reply(204)


def _collection(call: Call) -> str:
    return call.path.split("/")[2]


def _entity(twilio: Twilio, account: TwilioAccount, call: Call) -> Entity:
    entity = twilio.a2p.entities.get(call.match["sid"])
    owned = entity is not None and entity.account_sid == account.sid
    if entity is None or not owned or entity.collection != _collection(call):
        raise TwilioError(20404, call.path)
    return entity
