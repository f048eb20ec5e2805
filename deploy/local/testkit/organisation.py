"""An organisation that uses the platform, by requests that any client could make."""

import secrets
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from deploy.local.testkit.api import Api, Json
from deploy.local.testkit.books import Books, Check, check, open_books
from deploy.local.testkit.patience import API_EVERY, ENDS_WITHIN, SETTLES_WITHIN
from deploy.local.testkit.simulator_client import ProviderText, SimulatorClient
from deploy.local.waiting import wait_for

# Seconds that are enough on a busy machine.
_CREDITED_WITHIN = 60.0
_HEARD_WITHIN = 60.0
_MAILED_WITHIN = 60.0
_READ_AGAIN_AFTER = 0.5
_AREA_CODE = "415"


@dataclass(slots=True)
class Organisation:
    """An organisation, with its Twilio subaccount and the record of its payments and opt-outs.

    `numbers` are the phone numbers that it sends from. `topups` maps its paid checkout sessions to
    their cents. `opted_out` maps each person who opted out to the time when they did, in
    milliseconds. `retried` are the people who were sent a failed text again.
    """

    api: Api
    simulator: SimulatorClient
    email: str = ""
    password: str = ""
    org_id: str = ""
    account_sid: str = ""
    numbers: list[str] = field(default_factory=list)
    topups: dict[str, int] = field(default_factory=dict)
    opted_out: dict[str, int] = field(default_factory=dict)
    retried: set[str] = field(default_factory=set)

    def sign_up(self, name: str) -> None:
        """Create the organisation with an owner of its own, and sign in."""
        self.email = f"owner-{secrets.token_hex(6)}@example.com"
        self.password = secrets.token_urlsafe(16)
        session = self.api.post(
            "/api/auth/register",
            {
                "email": self.email,
                "password": self.password,
                "name": "Olive Owner",
                "orgName": name,
            },
        )
        self.api.sign_in_with(session["accessToken"])
        self.org_id = session["user"]["orgId"]

    def verify_address(self) -> None:
        """Follow the mailed link that verifies the owner's mail address."""
        token = wait_for(
            "the verification mail",
            lambda: self.simulator.mailed_token(self.email),
            _MAILED_WITHIN,
        )
        self.api.post("/api/auth/verify", {"token": token})

    def invite(self, name: str) -> Api:
        """Invite a person, who joins as a member by the mailed link.

        The caller must close the client.
        """
        email = f"member-{secrets.token_hex(6)}@example.com"
        self.api.post("/api/org/invitations", {"email": email, "role": "member"})
        token = wait_for(
            "the invitation mail", lambda: self.simulator.mailed_token(email), _MAILED_WITHIN
        )
        member = Api(self.api.base_url)
        password = secrets.token_urlsafe(16)
        joining = {"token": token, "name": name, "password": password}
        session = member.post("/api/auth/accept-invitation", joining)
        member.sign_in_with(session["accessToken"])
        return member

    def set_up_sending(self, numbers: int, area_code: str = _AREA_CODE) -> None:
        """Get a subaccount, a messaging service and `numbers` phone numbers of an area code.

        Needs a verified mail address, and enough balance for the monthly price of each number.
        """
        subaccount = self.api.post("/api/twilio/subaccount", {})
        self.account_sid = subaccount["subAccountSid"]
        self.api.post("/api/twilio/messaging-services", {})
        wish = {"areaCode": area_code, "quantity": numbers}
        bought = self.api.post("/api/twilio/numbers/provision", wish)["numbers"]
        self.numbers = [number["phoneNumber"] for number in bought]

    def top_up(self, cents: int) -> None:
        """Pay at the checkout page, and return when the money is on the balance."""
        wanted = self.balance() + cents
        self.pay(cents)
        wait_for("the top-up's credit", lambda: self.balance() >= wanted, _CREDITED_WITHIN)

    def pay(self, cents: int) -> str:
        """Pay at the checkout page, and don't wait for the money. Return the session's id."""
        session = self.api.post("/api/billing/stripe/checkout", {"amountCents": cents})
        self.simulator.pay_at(session["sessionUrl"])
        self.topups[session["sessionId"]] = cents
        return str(session["sessionId"])

    def balance(self) -> int:
        """Return the owner's balance in cents."""
        return int(self.api.get("/api/billing/balance")["balanceCents"])

    def opt_out(self, people: Sequence[str]) -> None:
        """Let people text STOP. Return when all of them are opted out."""
        for person in people:
            self.simulator.text(person, self.numbers[0], "STOP")
        for person in people:
            wait_for(f"{person}'s opt-out", partial(self.is_opted_out, person), _HEARD_WITHIN)
            self.opted_out[person] = time.time_ns() // 1_000_000

    def is_opted_out(self, phone: str) -> bool:
        """Tell whether a contact is opted out."""
        found = self.api.get("/api/contacts", search=phone)["items"]
        return any(c["phone"] == phone and c["optStatus"] == "opted_out" for c in found)

    def contact_id(self, phone: str) -> str:
        """Return the id of the contact with this phone number.

        Raises StopIteration if there is none.
        """
        found = self.api.get("/api/contacts", search=phone)["items"]
        return str(next(contact["id"] for contact in found if contact["phone"] == phone))

    def list_from(self, name: str, file: bytes) -> tuple[str, Json]:
        """Import a CSV file into a new list. Return the list's id and the import's summary."""
        list_id = str(self.api.post("/api/contact-lists", {"name": name})["id"])
        summary = self.api.upload("/api/contacts/import", file, {"listId": list_id})
        return list_id, summary

    def draft(self, name: str, list_id: str, message: str, **more: str) -> str:
        """Create a campaign and return its id."""
        content = {"name": name, "listId": list_id, "message": message, **more}
        return str(self.api.post("/api/campaigns", content)["id"])

    def send(self, campaign_id: str) -> None:
        """Start a campaign now."""
        self.api.post(f"/api/campaigns/{campaign_id}/send", {})

    def campaign(self, campaign_id: str) -> Json:
        """Return a campaign as it is now."""
        return self.api.get(f"/api/campaigns/{campaign_id}")

    def metrics(self, campaign_id: str) -> Json:
        """Return how many texts of a campaign have each outcome so far."""
        return self.api.get(f"/api/campaigns/{campaign_id}/metrics")

    def texts(self, since_id: int = 0) -> Sequence[ProviderText]:
        """Return the texts that the provider accepted after the text `since_id` of its record."""
        return self.simulator.texts(self.account_sid, since_id)

    def last_text(self) -> int:
        """Return the id of the latest text in the provider's record, or 0 if there is no text."""
        return max((text.id for text in self.texts()), default=0)

    def wait_until_done(self, campaign_id: str) -> None:
        """Wait until a campaign has handled its whole list and all its texts are final."""
        wait_for(
            "the end of the campaign",
            lambda: has_ended(self.campaign(campaign_id)),
            ENDS_WITHIN,
            API_EVERY,
        )
        wait_for("the last delivery report", self.simulator.is_quiet, SETTLES_WITHIN)

    def wait_until_counted(self, campaign_id: str, texts: Sequence[ProviderText]) -> None:
        """Wait until a campaign's counts include the outcome of each of its texts."""
        ends = Counter(text.status for text in texts)
        wanted = (ends["delivered"], ends["failed"] + ends["undelivered"])

        def are_in() -> bool:
            metrics = self.metrics(campaign_id)
            return (metrics["delivered"], metrics["failed"]) == wanted

        wait_for("the last delivery report to be counted", are_in, SETTLES_WITHIN, API_EVERY)

    def books(self) -> Books:
        """Read the organisation's ledger and the providers' records."""
        return open_books(
            self.api, self.simulator, self.account_sid, self.topups, self.opted_out, self.retried
        )

    def settled_books(self, within: float) -> tuple[Books, Sequence[Check]]:
        """Read ledger and records until all checks succeed, but for at most `within` seconds."""
        deadline = time.monotonic() + within
        while True:
            books = self.books()
            checks = check(books)
            if all(c.holds for c in checks) or time.monotonic() > deadline:
                return books, checks
            time.sleep(_READ_AGAIN_AFTER)


def has_ended(campaign: Mapping[str, object]) -> bool:
    """Tell whether a campaign has ended or is paused."""
    return campaign["status"] in {"done", "failed", "paused", "cancelled"}
