"""Choose the phone number that sends a message, and apply people's opt-outs."""

from zlib import crc32

from simulator.clock import now_ms
from simulator.store import Write
from simulator.twilio.models import Number, OptOut, Service, TwilioAccount, opt_out_key
from simulator.twilio.state import Twilio

EARLIER_SENDER = (
    "SELECT from_number FROM messages WHERE to_number = ? AND account_sid = ? "
    "AND messaging_service_sid = ? AND from_number IS NOT NULL ORDER BY id DESC LIMIT 1"
)
AREA_CODE = len("+1415")


def pick_sender(twilio: Twilio, service: Service, recipient: str) -> str | None:
    """Return the number of the pool that texts this person, or None if the pool is empty.

    With `StickySender`, this is the number that texted the person before. If no number did, it is a
    number of the person's area code if the service has `AreaCodeGeomatch`, else any number.
    """
    numbers = [twilio.numbers.get(sid) for sid in service.pool]
    pool = [number.phone_number for number in numbers if number is not None]
    if len(pool) < 2:
        return pool[0] if pool else None
    if service.sticky_sender:
        who = (recipient, service.account_sid, service.sid)
        earlier = [row["from_number"] for row in twilio.store.query(EARLIER_SENDER, who)]
        if earlier and earlier[0] in pool:
            return str(earlier[0])
    near = [number for number in pool if number[:AREA_CODE] == recipient[:AREA_CODE]]
    among = near if near and service.area_code_geomatch else pool
    return among[crc32(recipient.encode()) % len(among)]


def scope_of(number: Number) -> str:
    """Return what a STOP to this number blocks: its whole messaging service, or only the number."""
    return number.service_sid or number.phone_number


def is_opted_out(twilio: Twilio, account_sid: str, scope: str, recipient: str) -> bool:
    """Tell whether the person has texted STOP to this service or number."""
    return opt_out_key(account_sid, scope, recipient) in twilio.opt_outs


def opt_out(twilio: Twilio, writes: list[Write], number: Number, recipient: str) -> None:
    """Block texts to a person who texted STOP to this phone number."""
    entry = OptOut(number.account_sid, scope_of(number), recipient, now_ms())
    twilio.opt_outs.put(writes, entry.key, entry)


def opt_in(twilio: Twilio, writes: list[Write], number: Number, recipient: str) -> None:
    """Allow texts again to a person who texted START to this phone number."""
    key = opt_out_key(number.account_sid, scope_of(number), recipient)
    twilio.opt_outs.remove(writes, key)


def may_send_from(twilio: Twilio, account: TwilioAccount, sender: str) -> bool:
    """Tell whether the account has this phone number."""
    number = twilio.owned.get(sender)
    return number is not None and number.account_sid == account.sid
