"""Event Streams: sinks, subscriptions, and the events that reach them.

An event is a CloudEvent in a JSON list, posted to the sink's address. Twilio signs JSON by adding
the body's hash to the address (`bodySHA256`) and signing that address.
"""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import orjson

from simulator.clock import iso8601, new_sid, now_ms
from simulator.edge import Call, Reply, json_reply
from simulator.outbound import Delivery, Outbound, Outcome
from simulator.twilio.a2p.json_parameters import json_object
from simulator.twilio.a2p.models import Sink, Subscription
from simulator.twilio.errors import TwilioError
from simulator.twilio.models import TwilioAccount
from simulator.twilio.paging import Page, reply_v1
from simulator.twilio.signature import sign, without_fragment
from simulator.twilio.state import Twilio

SINK_TYPES = ("kinesis", "webhook", "segment", "email")
ATTEMPTS = 4
RETRY_S = 0.5


class Emitter:
    """Posts events to the sinks that are subscribed.

    Args:
        twilio: Contains the sinks, the subscriptions, and the tokens for signatures.
        outbound: Sends the events.
    """

    def __init__(self, twilio: Twilio, outbound: Outbound) -> None:
        self._twilio = twilio
        self._outbound = outbound

    def emit(self, account_sid: str, event_type: str, data: Mapping[str, Any]) -> None:
        """Send an event about an account to its subscribed sinks."""
        at = now_ms()
        event = {
            "specversion": "1.0",
            "type": event_type,
            "source": f"/2010-04-01/Accounts/{account_sid}",
            "id": f"EZ{uuid4().hex}",
            "dataschema": f"https://events-schemas.twilio.com/A2P.{_schema(event_type)}/1",
            "datacontenttype": "application/json",
            "time": datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds"),
            "data": {"accountsid": account_sid, "timestamp": at, **data},
        }
        for sink in self._sinks(account_sid, event_type):
            self._outbound.submit(self._delivery(sink, event))

    def _sinks(self, account_sid: str, event_type: str) -> list[Sink]:
        a2p = self._twilio.a2p
        found = [
            a2p.sinks.get(subscription.sink_sid)
            for subscription in a2p.subscriptions
            if subscription.account_sid == account_sid and event_type in subscription.types
        ]
        return [sink for sink in found if sink is not None and sink.sink_type == "webhook"]

    def _delivery(self, sink: Sink, event: dict[str, Any]) -> Delivery:
        body = orjson.dumps([event])
        address, _ = without_fragment(str(sink.configuration.get("destination", "")))
        joint = "&" if "?" in address else "?"
        url = f"{address}{joint}bodySHA256={hashlib.sha256(body).hexdigest()}"
        token = self._twilio.account(sink.account_sid).auth_token
        headers = {
            "Content-Type": "application/json",
            "X-Twilio-Signature": sign(token, url),
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        return Delivery("twilio", str(event["id"]), url, body, headers, done=self._after)

    def _after(self, delivery: Delivery, outcome: Outcome) -> None:
        if not outcome.ok and outcome.error != "lost" and delivery.attempt < ATTEMPTS:
            self._outbound.retry(delivery, RETRY_S * 2**delivery.attempt)


def create_sink(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Create a sink for events. A webhook sink is active at once.

    Raises:
        TwilioError: 20001 if a parameter is missing, or the sink type is unknown.
    """
    description, kind = call.form.get("Description"), call.form.get("SinkType")
    configuration = json_object(call.form.get("SinkConfiguration"))
    if not description or kind not in SINK_TYPES:
        raise TwilioError(20001)
    if kind == "webhook" and not configuration.get("destination"):
        raise TwilioError(20001)
    at = now_ms()
    sink = Sink(new_sid("DG"), account.sid, description, kind, configuration, at, at)
    sink.status = "active" if kind == "webhook" else "initialized"
    twilio.a2p.sinks.put(call.writes, sink.sid, sink)
    return json_reply({**_sink_view(sink, call), "status": "initialized"}, 201)


def list_sinks(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return an account's sinks."""
    found = [sink for sink in twilio.a2p.sinks if sink.account_sid == account.sid]
    return reply_v1(call, "sinks", Page.cut(call, found), lambda sink: _sink_view(sink, call))


def fetch_sink(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the account's sink that the path names."""
    return json_reply(_sink_view(_sink(twilio, account, call), call))


def delete_sink(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Delete the sink that the path names."""
    twilio.a2p.sinks.remove(call.writes, _sink(twilio, account, call).sid)
    return Reply(204)


def test_sink(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Respond that a test event was sent. No event is sent."""
    _sink(twilio, account, call)
    return json_reply({"result": "submitted"}, 201)


def validate_sink(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Respond that the sink is valid, whatever test id the request has."""
    sink = _sink(twilio, account, call)
    if not call.form.get("TestId"):
        raise TwilioError(20001)
    sink.status = "active"
    twilio.a2p.sinks.put(call.writes, sink.sid, sink)
    return json_reply({"result": "valid"}, 201)


def create_subscription(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Subscribe a sink to events of some types.

    Raises:
        TwilioError: 20001 if there is no description, no type, or no such sink in the account.
    """
    sink = twilio.a2p.sinks.get(call.form.get("SinkSid"))
    types = [json_object(text) for text in call.form.all("Types")]
    known = sink is not None and sink.account_sid == account.sid
    if sink is None or not known or not types or not call.form.get("Description"):
        raise TwilioError(20001)
    at = now_ms()
    subscription = Subscription(
        sid=new_sid("DF"),
        account_sid=account.sid,
        description=call.form.get("Description"),
        sink_sid=sink.sid,
        types={str(each.get("type")): int(each.get("schema_version", 1)) for each in types},
        created_ms=at,
        updated_ms=at,
    )
    twilio.a2p.subscriptions.put(call.writes, subscription.sid, subscription)
    return json_reply(_subscription_view(subscription, call), 201)


def list_subscriptions(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return an account's subscriptions. The request can filter by sink."""
    sink_sid = call.query.optional("SinkSid")
    found = [
        each
        for each in twilio.a2p.subscriptions
        if each.account_sid == account.sid and sink_sid in (None, each.sink_sid)
    ]
    page = Page.cut(call, found)
    return reply_v1(call, "subscriptions", page, lambda each: _subscription_view(each, call))


def fetch_subscription(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the account's subscription that the path names."""
    return json_reply(_subscription_view(_subscription(twilio, account, call), call))


def delete_subscription(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Delete the subscription that the path names."""
    twilio.a2p.subscriptions.remove(call.writes, _subscription(twilio, account, call).sid)
    return Reply(204)


def list_types(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Return the event types of a subscription."""
    subscription = _subscription(twilio, account, call)
    page = Page.cut(call, list(subscription.types))
    return reply_v1(call, "types", page, lambda name: _type_view(subscription, name, call))


def add_type(twilio: Twilio, account: TwilioAccount, call: Call) -> Reply:
    """Add an event type to a subscription."""
    subscription, name = _subscription(twilio, account, call), call.form.get("Type")
    version = call.form.get("SchemaVersion", "1")
    if not name or not version.isdigit():
        raise TwilioError(20001)
    subscription.types[name] = int(version)
    twilio.a2p.subscriptions.put(call.writes, subscription.sid, subscription)
    return json_reply(_type_view(subscription, name, call), 201)


def _schema(event_type: str) -> str:
    return "".join(part.capitalize() for part in event_type.rpartition(".")[2].split("-"))


def _sink(twilio: Twilio, account: TwilioAccount, call: Call) -> Sink:
    sink = twilio.a2p.sinks.get(call.match["sid"])
    if sink is None or sink.account_sid != account.sid:
        raise TwilioError(20404, call.path)
    return sink


def _subscription(twilio: Twilio, account: TwilioAccount, call: Call) -> Subscription:
    subscription = twilio.a2p.subscriptions.get(call.match["sid"])
    if subscription is None or subscription.account_sid != account.sid:
        raise TwilioError(20404, call.path)
    return subscription


def _sink_view(sink: Sink, call: Call) -> dict[str, Any]:
    url = f"{call.base_url}/{call.host}/v1/Sinks/{sink.sid}"
    return {
        "sid": sink.sid,
        "description": sink.description,
        "sink_type": sink.sink_type,
        "sink_configuration": sink.configuration,
        "status": sink.status,
        "date_created": iso8601(sink.created_ms),
        "date_updated": iso8601(sink.updated_ms),
        "url": url,
        "links": {"sink_test": f"{url}/Test", "sink_validate": f"{url}/Validate"},
    }


def _subscription_view(subscription: Subscription, call: Call) -> dict[str, Any]:
    url = f"{call.base_url}/{call.host}/v1/Subscriptions/{subscription.sid}"
    return {
        "sid": subscription.sid,
        "account_sid": subscription.account_sid,
        "description": subscription.description,
        "sink_sid": subscription.sink_sid,
        "date_created": iso8601(subscription.created_ms),
        "date_updated": iso8601(subscription.updated_ms),
        "url": url,
        "links": {"subscribed_events": f"{url}/SubscribedEvents"},
    }


def _type_view(subscription: Subscription, name: str, call: Call) -> dict[str, Any]:
    base = f"{call.base_url}/{call.host}/v1/Subscriptions/{subscription.sid}"
    return {
        "account_sid": subscription.account_sid,
        "subscription_sid": subscription.sid,
        "type": name,
        "schema_version": subscription.types[name],
        "url": f"{base}/SubscribedEvents/{name}",
    }
