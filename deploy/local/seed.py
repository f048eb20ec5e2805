"""Create the demo organisation through the public REST API, as any client could."""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from deploy.local.mailed import token_to
from deploy.local.stack import Stack
from deploy.local.state import write_json
from deploy.local.waiting import wait_for
from deploy.local.web import HttpResponse, get, post_json

_EMAIL = "demo@example.com"
_OPERATOR_EMAIL = "operator@example.com"
_OPERATOR_ORGANISATION = "Platform operators"
_ORGANISATION = "Demo Events"
# The amount that remains for texts after the numbers are bought.
_TOP_UP_CENTS = 2_500
_NUMBER_CENTS = 150
_MAILED_WITHIN = 30.0
_AREA_CODE = "415"
_NUMBERS = 2
_TEMPLATE = "Hi {{firstName}}, doors open at 7 pm tonight. Reply STOP to opt out."
_CREDITED_WITHIN = 20.0
_POLL_EVERY = 0.1

# The simulator sells no numbers of this area code. The last contact can't be reached.
_CONTACTS = (
    {"firstName": "Ada", "lastName": "Lovelace", "phone": "+16465550101", "tags": ["speaker"]},
    {"firstName": "Alan", "lastName": "Turing", "phone": "+16465550102", "tags": ["speaker"]},
    {"firstName": "Grace", "lastName": "Hopper", "phone": "+16465550103", "tags": ["guest"]},
    {"firstName": "Edsger", "lastName": "Dijkstra", "phone": "+16465550104", "tags": ["guest"]},
    {"firstName": "Katherine", "lastName": "Johnson", "phone": "+16465553003", "tags": ["guest"]},
)

Result = TypeVar("Result")


class SeedError(RuntimeError):
    """The demo organisation could not be created. The error message has the API's response."""


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """The email addresses and the password for the sign-ins of `make run`.

    `email` owns the demo organisation. `operator_email` is an operator of the platform.
    """

    email: str
    operator_email: str
    password: str


def ensure_demo_organisation(stack: Stack) -> DemoAccount:
    """Create the demo organisation unless it exists, and return the sign-in.

    A call after an interrupted call continues its work, because every request has an idempotency
    key. Needs the simulator, which pays for the top-up. Raises SeedError.
    """
    account = DemoAccount(_EMAIL, _OPERATOR_EMAIL, stack.secrets.demo_password)
    if not _is_complete(stack.state.demo_marker):
        _Seeding(stack, account).run()
        _make_operator(stack, account)
        write_json(stack.state.demo_marker, asdict(account))
    return account


def _is_complete(marker: Path) -> bool:
    """Tell whether both the organisation and the operator exist.

    The first releases created no operator.
    """
    return marker.exists() and "operator_email" in json.loads(marker.read_text("utf-8"))


def _make_operator(stack: Stack, account: DemoAccount) -> None:
    """Sign up a user, and make the user an operator in the way a real installation does."""
    sign_up = {"email": account.operator_email, "password": account.password}
    names = {"name": "Demo Operator", "orgName": _OPERATOR_ORGANISATION}
    session = post_json(f"{stack.gateway_url}/api/auth/register", {**sign_up, **names})
    if session.status != HTTPStatus.CONFLICT:
        _content("sign-up of the operator", session)
    command = stack.process("gateway").command
    granted = subprocess.run(
        [sys.executable, "-m", "services.gateway", "grant-admin", account.operator_email],
        env=command.env,
        cwd=command.cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    if granted.returncode:
        raise SeedError(f"The operator could not be made: {granted.stderr.strip()}")


class _Seeding:
    """The requests that create the organisation, in order."""

    def __init__(self, stack: Stack, account: DemoAccount) -> None:
        self._gateway = stack.gateway_url
        self._simulator = stack.simulator_url
        self._account = account
        self._headers: dict[str, str] = {}

    def run(self) -> None:
        """Create everything that does not exist yet."""
        self._headers = {"Authorization": f"Bearer {self._sign_in()}"}
        self._verify()
        self._top_up(_TOP_UP_CENTS + _NUMBERS * _NUMBER_CENTS)
        self._post("subaccount", "/api/twilio/subaccount", {})
        self._post("service", "/api/twilio/messaging-services", {})
        wish = {"areaCode": _AREA_CODE, "quantity": _NUMBERS}
        self._post("numbers", "/api/twilio/numbers/provision", wish)
        contacts = [
            self._post(f"contact-{number}", "/api/contacts", contact)["id"]
            for number, contact in enumerate(_CONTACTS)
        ]
        guests = self._post("list", "/api/contact-lists", {"name": "Tonight's guests"})
        members = f"/api/contact-lists/{guests['id']}/members"
        self._post("members", members, {"contactIds": contacts})
        template = {"name": "Doors open", "content": _TEMPLATE}
        self._post("template", "/api/templates", template)

    def _sign_in(self) -> str:
        sign_in = {"email": self._account.email, "password": self._account.password}
        sign_up = {**sign_in, "name": "Demo Owner", "orgName": _ORGANISATION}
        session = post_json(f"{self._gateway}/api/auth/register", sign_up)
        if session.status == HTTPStatus.CONFLICT:
            session = post_json(f"{self._gateway}/api/auth/login", sign_in)
        return str(_content("sign-up", session)["accessToken"])

    def _verify(self) -> None:
        """Follow the mailed link that verifies the owner's mail address, unless it is verified."""
        me = _content("profile", get(f"{self._gateway}/api/me", self._headers))
        if me["emailVerifiedAt"]:
            return
        token = _wait("the verification mail", self._mailed_token, _MAILED_WITHIN)
        self._post("verify", "/api/auth/verify", {"token": token})

    def _mailed_token(self) -> str | None:
        outbox = _content("mails", get(f"{self._simulator}/sim/outbox"))
        return token_to(self._account.email, outbox)

    def _top_up(self, cents: int) -> None:
        """Pay for a checkout session through the simulator, and wait for the new balance."""
        session = self._post("top-up", "/api/billing/stripe/checkout", {"amountCents": cents})
        if not self._has_paid():
            url = f"{self._simulator}/sim/stripe/pay/{session['sessionId']}"
            _content("payment", post_json(url, {}))
        _wait("the credit of the top-up", self._has_paid, _CREDITED_WITHIN)

    def _has_paid(self) -> bool:
        url = f"{self._gateway}/api/billing/transactions"
        rows = _content("transactions", get(url, self._headers))["items"]
        return any(row["source"] == "stripe" for row in rows)

    def _post(self, step: str, path: str, content: Mapping[str, object]) -> dict[str, Any]:
        headers = {**self._headers, "Idempotency-Key": f"demo-organisation-{step}"}
        return _content(step, post_json(f"{self._gateway}{path}", content, headers))


def _wait(what: str, condition: Callable[[], Result], within: float) -> Result:
    try:
        return wait_for(what, condition, within, _POLL_EVERY)
    except TimeoutError as error:
        raise SeedError(str(error)) from error


def _content(step: str, answer: HttpResponse) -> dict[str, Any]:
    """Return the JSON of a response, or {} if it is empty.

    Raises SeedError for an error response.
    """
    if answer.status >= HTTPStatus.BAD_REQUEST:
        raise SeedError(f"{step}: the API answered {answer.status}: {answer.text()}")
    return answer.json() if answer.body else {}
