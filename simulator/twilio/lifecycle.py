"""Move messages from acceptance to the delivery report, with a callback for each status."""

import asyncio
from collections import deque
from collections.abc import Callable

from simulator.clock import now_ms
from simulator.store import Write
from simulator.twilio import magic, message_rows, phones, senders
from simulator.twilio.callbacks import Callbacks
from simulator.twilio.magic import Fate
from simulator.twilio.message_rows import touch
from simulator.twilio.models import Message
from simulator.twilio.state import Twilio

Step = Callable[[Message], None]
PRICE_PER_SEGMENT = 0.0079
UNPARK_INTERVAL_S = 0.02
EARLY_CALLBACK_TIMEOUT_S = 15.0


class Lifecycle:
    """Moves messages through their statuses and posts callbacks.

    Messages that are not final yet are in memory (`live`). The database has only their first and
    their final status. So after a restart, such a message begins again, and its callbacks are sent
    twice. Twilio's real callbacks may be repeated too.

    Args:
        twilio: Contains the accounts, services and behaviour.
        callbacks: Posts each status.
    """

    def __init__(self, twilio: Twilio, callbacks: Callbacks) -> None:
        self._twilio = twilio
        self._callbacks = callbacks
        self.live: dict[int, Message] = {}
        self._parked: deque[tuple[Step, Message]] = deque()
        self._some_are_parked = asyncio.Event()

    async def run(self) -> None:
        """Continue messages that wait because too many callbacks are queued.

        Runs until it is cancelled.
        """
        while True:
            await self._some_are_parked.wait()
            while self._parked and not self._callbacks.is_backed_up:
                step, message = self._parked.popleft()
                step(message)
            if self._parked:
                await asyncio.sleep(UNPARK_INTERVAL_S)
            else:
                self._some_are_parked.clear()

    def begin(self, message: Message) -> None:
        """Begin to move a committed message through its statuses, or continue after a restart."""
        self.live[message.id] = message
        behaviour = self._twilio.behaviour
        if message.status == "scheduled":
            wait_s = ((message.send_at or 0) - now_ms()) / 1000
            asyncio.get_running_loop().call_later(max(wait_s, 0.0), self._queue, message)
        elif message.status == "accepted":
            self._later(behaviour.queued_delay_ms, self._queue, message)
        else:
            self._later(behaviour.sent_delay_ms, self._send, message)

    async def begin_early(self, message: Message) -> None:
        """Begin a message, and return when its first callback has got a response."""
        self.live[message.id] = message
        answered = self._callbacks.expect(message)
        if message.status == "accepted":
            self._queue(message)
        else:
            self._send(message)
        await asyncio.wait({answered}, timeout=EARLY_CALLBACK_TIMEOUT_S)

    def cancel(self, writes: list[Write], message: Message) -> None:
        """Cancel a scheduled message."""
        touch(message, "canceled")
        writes.append(message_rows.change(message))
        self.live.pop(message.id, None)
        self._callbacks.announce(message, last=True)

    def clear(self) -> None:
        """Delete from memory all messages that are not final yet."""
        self.live.clear()
        self._parked.clear()

    def _later(self, range_ms: tuple[int, int], step: Step, message: Message) -> None:
        # The random choice needs no seed, because only the delay depends on it.
        low, high = range_ms
        delay_s = (low + message.id % 17 / 16 * (high - low)) / 1000
        asyncio.get_running_loop().call_later(delay_s, self._take, step, message)

    def _take(self, step: Step, message: Message) -> None:
        """Run the next step of a message, or wait while too many callbacks are queued in memory."""
        if self._callbacks.is_backed_up:
            self._parked.append((step, message))
            self._some_are_parked.set()
        else:
            step(message)

    def _queue(self, message: Message) -> None:
        """Set the status `queued`. The message's service picks the sender number."""
        if message.id not in self.live:
            return
        service = self._twilio.services.get(message.messaging_service_sid or "")
        if message.from_number is None and service is not None:
            message.from_number = senders.pick_sender(self._twilio, service, message.to_number)
        if message.from_number is None:
            self._finish(message, Fate("failed", 21704))
            return
        self._move(message, "queued")
        self._later(self._twilio.behaviour.sent_delay_ms, self._send, message)

    def _send(self, message: Message) -> None:
        """Hand the message to the carrier, or fail it if that is not possible."""
        if message.id not in self.live:
            return
        fate = self._fate(message)
        if fate.status == "failed":
            self._finish(message, fate)
            return
        message.sent_at = now_ms()
        if fate.status == "sent":
            self._finish(message, fate)
            return
        self._move(message, "sent")
        self._later(self._twilio.behaviour.final_delay_ms, self._receive_receipt, message)

    def _receive_receipt(self, message: Message) -> None:
        if message.id in self.live:
            self._finish(message, self._fate(message))

    def _finish(self, message: Message, fate: Fate) -> None:
        message.error_code = fate.error_code
        if fate.status != "failed" and message.price is None:
            message.price = f"-{PRICE_PER_SEGMENT * message.num_segments:.5f}"
        del self.live[message.id]
        touch(message, fate.status)
        self._twilio.store.enqueue([message_rows.change(message)])
        self._callbacks.announce(message, last=True)

    def _move(self, message: Message, status: str) -> None:
        touch(message, status)
        self._callbacks.announce(message, last=False)

    def _fate(self, message: Message) -> Fate:
        """Return the final status and error code that the message would get if it ended now."""
        twilio = self._twilio
        if message.status != "sent" and self._is_blocked(message):
            return Fate("failed", 21610)
        if message.status != "sent" and twilio.account(message.account_sid).status != "active":
            return Fate("failed", 30002)
        if twilio.behaviour.require_10dlc and _needs_10dlc(message):
            return self._registered_fate(message)
        return magic.fate_of(message.to_number)

    def _registered_fate(self, message: Message) -> Fate:
        """Return how a message ends if its messaging service needs a verified campaign."""
        campaign = self._twilio.a2p.campaign_of(message.messaging_service_sid)
        if campaign is not None and campaign.status == "SUSPENDED":
            return Fate("undelivered", 30033)
        if campaign is None or campaign.status != "VERIFIED":
            return Fate("undelivered", 30034)
        return magic.fate_of(message.to_number)

    def _is_blocked(self, message: Message) -> bool:
        scope = message.messaging_service_sid
        return (
            scope is not None
            and message.direction == "outbound-api"
            and senders.is_opted_out(self._twilio, message.account_sid, scope, message.to_number)
        )


def _needs_10dlc(message: Message) -> bool:
    sender = message.from_number or ""
    return phones.country(sender) == "US" and not phones.is_toll_free(sender)
