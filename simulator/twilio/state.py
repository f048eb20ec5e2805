"""The accounts of the simulated Twilio and all their objects, shared by its handlers."""

from collections import Counter

from simulator.clock import now_ms
from simulator.collection import Collection
from simulator.settings import Behaviour, Settings
from simulator.store import Store, Write
from simulator.twilio.a2p.state import A2p
from simulator.twilio.models import ApiKey, Number, OptOut, Service, TwilioAccount


class Twilio:
    """Accounts and their objects, in memory and in the database.

    Args:
        settings: Contains the master account's credentials.
        behaviour: How carriers and accounts behave. May be replaced while running.
        store: The database.
    """

    def __init__(self, settings: Settings, behaviour: Behaviour, store: Store) -> None:
        self.settings = settings
        self.behaviour = behaviour
        self.store = store
        self.accounts = Collection(store, "twilio.account", TwilioAccount)
        self.keys = Collection(store, "twilio.key", ApiKey)
        self.numbers = Collection(store, "twilio.number", Number)
        self.services = Collection(store, "twilio.service", Service)
        self.opt_outs = Collection(store, "twilio.opt_out", OptOut)
        self.a2p = A2p(store, settings.twilio_account_sid)
        self.owned: dict[str, Number] = {}
        self.quarantined: set[str] = set()
        self.concurrent: Counter[str] = Counter()
        for number in self.numbers:
            self._index(number)
        self._ensure_master()

    @property
    def master(self) -> TwilioAccount:
        """The account that owns all others."""
        return self.account(self.settings.twilio_account_sid)

    def account(self, sid: str) -> TwilioAccount:
        """Return an account that exists.

        Raises:
            KeyError: There is no such account.
        """
        account = self.accounts.get(sid)
        if account is None:
            raise KeyError(sid)
        return account

    def put_number(self, writes: list[Write], number: Number) -> None:
        """Store a phone number that was bought, changed or released."""
        self.numbers.put(writes, number.sid, number)
        self._index(number)

    def clear(self) -> None:
        """Delete everything except the master account."""
        for each in (self.accounts, self.keys, self.numbers, self.services, self.opt_outs):
            each.clear()
        self.a2p.clear()
        self.owned.clear()
        self.quarantined.clear()
        self._ensure_master()

    def _index(self, number: Number) -> None:
        if number.released:
            self.owned.pop(number.phone_number, None)
            self.quarantined.add(number.phone_number)
        else:
            self.owned[number.phone_number] = number

    def _ensure_master(self) -> None:
        """Create the master account, or set the token in the settings on the existing one."""
        sid, token = self.settings.twilio_account_sid, self.settings.twilio_auth_token
        known = self.accounts.get(sid)
        if known is not None and known.auth_token == token:
            return
        at = now_ms()
        writes: list[Write] = []
        master = TwilioAccount(sid, sid, token, "Simulated master account", at, at)
        self.accounts.put(writes, sid, master)
        self.store.write_now(writes)
