"""See webhooks without a public address, and forward them to a server on this machine."""

import datetime as dt
from collections.abc import Sequence

import click
import httpx
from standardwebhooks.webhooks import Webhook

from smsblaster.cli.session import Session, json_option, pass_session, print_json
from smsblaster.generated.models.create_webhook_listener_request_event_types_item import (
    CREATE_WEBHOOK_LISTENER_REQUEST_EVENT_TYPES_ITEM_VALUES as EVENT_TYPES,
)
from smsblaster.generated.models.create_webhook_listener_request_event_types_item import (
    CreateWebhookListenerRequestEventTypesItem as EventType,
)
from smsblaster.resources.webhook_listeners import ReceivedCall

_ANSWER_SECONDS = 15.0
"""Seconds that the platform waits for an endpoint too."""


class _EventTypes(click.ParamType[Sequence[str]]):
    """A type of option: its value is event types with commas between them."""

    name = "types"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Sequence[str]:
        """Return the event types in the option's value."""
        types = [each.strip() for each in str(value).split(",") if each.strip()]
        if unknown := [each for each in types if each not in EVENT_TYPES]:
            known = ", ".join(sorted(EVENT_TYPES))
            self.fail(
                f"{unknown[0]!r} is not a type of events. The types are: {known}.", param, ctx
            )
        return types


@click.command()
@click.option("--forward-to", metavar="URL", help="Such as http://localhost:3000/hooks.")
@click.option("--events", type=_EventTypes(), help="Such as message.received,message.failed.")
@click.option("--interval", default=1.0, show_default=True, help="Seconds between two looks.")
@json_option
@pass_session
def listen(
    session: Session,
    forward_to: str | None,
    events: Sequence[EventType] | None,
    interval: float,
) -> None:
    """Print your organisation's webhooks as they happen. Ctrl-C stops it.

    With --forward-to, each is sent to a server on this machine as the platform would call an
    endpoint: with the same body, headers and signature. The secret that verifies them is printed at
    the beginning. A call that fails is not repeated. The API key needs the scopes admin and read.
    """
    with (
        session.client.webhook_listeners.create(event_types=events) as listener,
        httpx.Client(timeout=_ANSWER_SECONDS, trust_env=False) as http,
    ):
        if session.as_json:
            print_json({"listenerId": str(listener.id), "secret": listener.secret})
        else:
            session.note(
                f"Listening as {listener.id}. Verify the calls with the secret {listener.secret}"
            )
        signer = Webhook(listener.secret)
        for call in listener.events(interval=interval, on_outage=session.complain):
            answered = None if forward_to is None else _forward(http, forward_to, call, signer)
            _show(session, call, answered)


def _forward(http: httpx.Client, url: str, call: ReceivedCall, signer: Webhook) -> int | str:
    """Make a webhook call to a local server. Returns the response's status, or what went wrong.

    The call is signed at this moment, because servers refuse old signatures, and the calls before
    this one may have taken long.
    """
    now = dt.datetime.now(dt.UTC)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": call.event.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": signer.sign(call.event.id, now, call.body.decode()),
    }
    try:
        return http.post(url, content=call.body, headers=headers).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return str(error) or type(error).__name__


def _show(session: Session, call: ReceivedCall, answered: int | str | None) -> None:
    event = call.event
    if session.as_json:
        told = {"id": event.id, "type": event.type, "timestamp": event.timestamp.isoformat()}
        print_json({**told, "data": dict(event.data), "forwarded": answered})
        return
    thing = event.data.get("id", "")
    result = "" if answered is None else f"  -> {answered}"
    session.say(f"{event.timestamp.astimezone():%H:%M:%S}  {event.type}  {thing}{result}")
