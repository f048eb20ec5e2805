"""Create two organisations on one platform, each with one object of every kind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

from deploy.local.testkit.api import Api
from deploy.local.testkit.organisation import Organisation
from services.gateway.http.contract import Method
from tests.fixtures.a2p import registered
from tests.fixtures.platform import Platform, audience, csv_of
from tests.fixtures.waiting import wait_until_sync
from tests.tenancy.case import Belongings, Case
from tests.tenancy.digests import Databases

# Seconds between two checks. Fewer checks leave more of the machine to the platform.
_LOOK_EVERY = 0.25


@dataclass
class Neighbours:
    """Two organisations on one platform."""

    http: httpx.Client
    databases: Databases
    mine: Belongings
    theirs: Belongings

    def call(self, method: Method, case: Case, ids: Belongings) -> httpx.Response:
        path = method.path
        for name, value in case.path(ids).items():
            own = value.removeprefix("mine:")
            path = path.replace(f"{{{name}}}", self.mine[own] if own != value else value)
        request: dict[str, Any] = {"params": dict(case.query(ids))}
        body = case.body(self.mine, ids)
        if case.form:
            request |= {
                "data": case.form(ids),
                "files": {"file": ("x.csv", b"phone\n", "text/csv")},
            }
        elif body is not None or method.verb == "POST":
            request["json"] = body or {}
        headers = {"Authorization": f"Bearer {self.mine.token}"}
        return self.http.request(method.verb, path, headers=headers, **request)

    def snapshot(self) -> dict[str, str]:
        """Return a digest of the other organisation's rows for each table."""
        return self.databases.snapshot(self.theirs.org_id)


def _wait(condition: Callable[[], object], timeout: float) -> None:
    wait_until_sync(condition, timeout, every=_LOOK_EVERY)


def is_delivered(api: Api, message_id: str) -> bool:
    return bool(api.get(f"/api/messages/{message_id}")["message"]["status"] == "delivered")


def is_done(api: Api, path: str) -> bool:
    return bool(api.get(path)["status"] == "done")


def sent_campaign(organisation: Organisation, list_id: str, recipients: int) -> str:
    """Send a campaign, and return its id once it has reached all recipients."""
    campaign_id = organisation.draft("Sent", list_id, "Hi")
    organisation.send(campaign_id)
    _wait(lambda: organisation.metrics(campaign_id)["delivered"] == recipients, 60)
    return campaign_id


def finished_export(api: Api) -> str:
    """Request an export of the history. Return its id once the file is written."""
    export_id = str(api.post("/api/history/exports", {})["id"])
    _wait(lambda: is_done(api, f"/api/history/exports/{export_id}"), 30)
    return export_id


def finished_import(api: Api, people: Sequence[str]) -> str:
    """Import contacts, and return the id of the job once it is finished."""
    job_id = str(api.upload("/api/contacts/import-jobs", csv_of(people))["id"])
    _wait(lambda: bool(api.get(f"/api/contacts/import-jobs/{job_id}")["finishedAt"]), 30)
    return job_id


def finished_bulk_change(api: Api) -> str:
    """Make a bulk change that changes no contact, and return its id once it is done."""
    nobody = {"action": "delete", "filter": {"tag": "nobody"}, "expectedCount": 0}
    change_id = str(api.post("/api/contacts/bulk-changes", nobody)["id"])
    _wait(lambda: is_done(api, f"/api/contacts/bulk-changes/{change_id}"), 30)
    return change_id


def finished_erasure(api: Api) -> str:
    """Erase a person who is not known, and return the id of the erasure once it is done."""
    erasure_id = str(api.post("/api/erasures", {"phone": "+14155550199"})["id"])
    _wait(lambda: api.get(f"/api/erasures/{erasure_id}")["status"] == "done", 60)
    return erasure_id


def finished_jobs(api: Api, people: Sequence[str]) -> Mapping[str, str]:
    """Make a bulk change, an erasure and an import. Return their ids once they are done."""
    return {
        "bulk_change": finished_bulk_change(api),
        "erasure": finished_erasure(api),
        "import_job": finished_import(api, people),
    }


def event_and_attendees(api: Api, people: Sequence[str]) -> Mapping[str, str]:
    """Create an event with attendees, a match, a question set and a text. Return their ids."""
    event = api.post("/api/events", {"name": "E", "date": "2099-01-01T18:00:00Z"})["id"]
    path = f"/api/events/{event}"
    attendee, other = (
        api.post(f"{path}/attendees", {"firstName": "Ada", "phone": phone})["id"]
        for phone in people[:2]
    )
    pair = {"attendeeId": attendee, "matchedAttendeeId": other}
    api.post(f"{path}/matches", {"pairs": [pair]})
    wish = {"notificationType": "invitation", "attendeeIds": [attendee]}
    notification = api.post(f"{path}/notify", wish)["id"]
    _wait(lambda: is_done(api, f"{path}/notifications/{notification}"), 60)
    [text] = api.get(f"{path}/attendees/{attendee}/sms-history")["messages"]
    return {
        "event": event,
        "attendee": attendee,
        "match_of_attendee": other,
        "match": api.get(f"{path}/matches")["items"][0]["id"],
        "question_set": api.post(f"{path}/question-sets", {"title": "Q"})["id"],
        "notification": notification,
        "event_message": text["id"],
    }


def people_and_keys(api: Api) -> Mapping[str, str]:
    """Create an invitation and an API key. Return the ids of these, the user and a session."""
    invited = {"email": f"{uuid4().hex}@example.com", "role": "member"}
    wish = {"name": "k", "scopes": ["read"]}
    return {
        "user": api.get("/api/me")["id"],
        "session": api.get("/api/me/sessions")["items"][0]["id"],
        "invitation": api.post("/api/org/invitations", invited)["id"],
        "api_key": api.post("/api/api-keys", wish)["apiKey"]["id"],
    }


def money(api: Api) -> Mapping[str, str]:
    """Open a checkout. Return its id, and the id of the newest notification."""
    opened = api.post("/api/billing/stripe/checkout", {"amountCents": 500})
    _wait(lambda: api.get("/api/notifications")["items"], 30)
    [newest, *_] = api.get("/api/notifications")["items"]
    return {"checkout": opened["sessionId"], "notification_id": newest["id"]}


def webhook(api: Api) -> Mapping[str, str]:
    """Return the ids of a disabled endpoint, of a delivery that failed once, and of a listener."""
    wanted = {"eventTypes": ["number.released"]}
    wish = {"url": "http://127.0.0.1:9/", **wanted}
    path = "/api/webhooks/endpoints"
    endpoint = str(api.post(path, wish)["endpoint"]["id"])
    delivery = str(api.post(f"{path}/{endpoint}/test", {})["id"])
    _wait(lambda: api.get(f"/api/webhooks/deliveries/{delivery}")["lastAttemptAt"], 30)
    api.post(f"{path}/{endpoint}/disable", {})
    listener = str(api.post("/api/webhooks/listeners", wanted)["listener"]["id"])
    ids = {"webhook_endpoint": endpoint, "webhook_delivery": delivery}
    return {**ids, "webhook_listener": listener}


def scheduled_text(api: Api, to: str) -> str:
    """Schedule a text for tomorrow. Return the id of the scheduled send."""
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    later = {"to": to, "message": "Later", "sendAt": tomorrow}
    return str(api.post("/api/sms/send", later)["scheduledId"])


def belongings(platform: Platform, first: int) -> Belongings:
    """Create one object of every kind that an organisation can have."""
    organisation = platform.organisation(f"Tenant {first}", cents=3_000)
    api = organisation.api
    people = audience(3, first)
    list_id, _ = organisation.list_from("People", csv_of(people))
    message = api.post("/api/sms/send", {"to": people[0], "message": "Hello"})
    organisation.simulator.text(people[0], organisation.numbers[0], "Hi")
    _wait(lambda: api.get("/api/messages/threads")["items"][0]["unreadCount"], 30)
    _wait(lambda: is_delivered(api, message["id"]), 30)
    template = api.post("/api/templates", {"name": "T", "content": "Hi {{firstName}}"})
    [number, *_] = api.get("/api/twilio/numbers")["items"]
    ids = {
        "list": list_id,
        **finished_jobs(api, people),
        "message": message["id"],
        **money(api),
        "scheduled": scheduled_text(api, people[0]),
        "contact": message["contactId"],
        "template": template["id"],
        "sent_campaign": sent_campaign(organisation, list_id, len(people)),
        "export": finished_export(api),
        "campaign": organisation.draft("C", list_id, "Hi"),
        "number": number["sid"],
        "service": api.get("/api/twilio/messaging-services")["sid"],
        **event_and_attendees(api, people),
        **registered(api),
        **people_and_keys(api),
        **webhook(api),
    }
    has_key = "SELECT FROM twilio_api_keys WHERE org_id = %s"
    _wait(lambda: platform.rows("messaging", has_key, organisation.org_id), 30)
    is_due = "SELECT FROM mails WHERE org_id = %s AND sent_at IS NULL"
    _wait(lambda: not platform.rows("gateway", is_due, organisation.org_id), 30)
    is_sent = "SELECT FROM sms_campaigns WHERE org_id = %s AND status = 'running'"
    _wait(lambda: not platform.rows("campaigns", is_sent, organisation.org_id), 30)
    is_told = "SELECT FROM campaign_counts WHERE org_id = %s AND running"
    _wait(lambda: not platform.rows("messaging", is_told, organisation.org_id), 30)
    return Belongings(organisation.org_id, api.access_token, ids)
