"""Run the simulator's Twilio handlers in this process, for tests with many examples."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from simulator.app import assemble
from simulator.clock import new_sid, now_ms
from simulator.edge import Call, ProviderError
from simulator.forms import Form, encode_form
from simulator.settings import Behaviour, Settings
from simulator.simulation import Simulation
from simulator.twilio import message_rows
from simulator.twilio.auth import TwilioHandler
from simulator.twilio.message_rows import new_message_sid
from simulator.twilio.models import Message, TwilioAccount


def assembled(state_dir: Path, **behaviour: Any) -> Simulation:
    """Return a simulator without its web server. The caller must close its store."""
    settings = Settings().model_copy(update={"state_dir": state_dir})
    return assemble(settings, Behaviour(**behaviour))


def account_of(simulation: Simulation) -> TwilioAccount:
    """Return a new subaccount."""
    at, master = now_ms(), simulation.twilio.master
    account = TwilioAccount(new_sid("AC"), master.sid, "token", "Acme", at, at)
    simulation.twilio.accounts.put([], account.sid, account)
    return account


def text_sent_at(
    simulation: Simulation, account: TwilioAccount, at_ms: int, **fields: Any
) -> Message:
    """Store and return a delivered text, sent at `at_ms` (milliseconds since the epoch)."""
    number = simulation.store.next_id("messages")
    given: dict[str, Any] = {"from_number": "+14155550100", "to_number": "+12125550123", **fields}
    message = Message(
        id=number,
        sid=new_message_sid(number, "SM"),
        account_sid=account.sid,
        direction="outbound-api",
        body="hi",
        messaging_service_sid=None,
        status_callback=None,
        status="delivered",
        num_segments=1,
        requested_at=at_ms,
        updated_at=at_ms,
        sent_at=at_ms,
        **given,
    )
    simulation.store.write_now([message_rows.insertion(message)])
    return message


def ask(
    simulation: Simulation,
    handler: TwilioHandler,
    account: TwilioAccount,
    address: str,
    form: str = "",
    **match: str,
) -> dict[str, Any]:
    """Run a handler. Return its response, which may be an error. `form` is the body of a POST."""
    path, _, query = address.partition("?")
    call = Call(
        id=1,
        method="POST" if form else "GET",
        host="api.twilio.com",
        path=path,
        match=match,
        query=Form(query),
        form=Form(form),
        body=b"",
        headers={},
        base_url="http://localhost",
    )
    try:
        reply = handler(simulation.twilio, account, call)
    except ProviderError as error:
        reply = error.refusal
    answer: dict[str, Any] = orjson.loads(reply.body)
    return answer


def with_query(path: str, query: Mapping[str, str]) -> str:
    """Return an address with query parameters."""
    return f"{path}?{encode_form(query)}".replace("<", "%3C").replace(">", "%3E")
