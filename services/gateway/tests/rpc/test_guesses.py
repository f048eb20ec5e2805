"""Password guesses from many IP addresses are limited, and the owner can still sign in."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from uuid import uuid4

import httpx
import pytest

from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.mailbox import mailed_token
from services.gateway.tests.members import PASSWORD, Client, Member, problem, sign_up
from tests.fixtures.running import Simulator, listening
from tests.fixtures.waiting import wait_until_sync

Rows = Callable[..., list[dict[str, object]]]
HOME = "198.51.100.7"
_STRANGERS = count(1)
_ENOUGH = 12
"""A few guesses more than are allowed."""


@dataclass
class ProxiedGateway:
    """A gateway behind a proxy that reports the IP address of each request."""

    url: str

    def sign_in(self, email: str, password: str, address: str | None = None) -> httpx.Response:
        """Sign in from the IP address `address`, or from a new one if it is None."""
        stranger = next(_STRANGERS)
        headers = {"X-Forwarded-For": address or f"203.{stranger >> 8}.{stranger & 255}.1"}
        given = {"email": email, "password": password}
        return httpx.post(f"{self.url}/api/auth/login", json=given, headers=headers, timeout=60)

    def crowd(self, email: str, size: int = _ENOUGH) -> Counter[int]:
        """Guess passwords from many IP addresses at once. Return the count of each status."""
        with ThreadPoolExecutor(size) as crowd:
            answers = crowd.map(lambda _: self.sign_in(email, "guess"), range(size))
            return Counter(answer.status_code for answer in answers)


@pytest.fixture(scope="module")
def doors(
    settings: GatewaySettings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProxiedGateway]:
    behind = settings.model_copy(update={"trusted_proxies": 1, "ops_listen": listening()})
    with serving(behind, tmp_path_factory.mktemp("doors")) as url:
        yield ProxiedGateway(url)


@pytest.fixture
def owner(doors: ProxiedGateway) -> Member:
    with Client(base_url=doors.url, headers={"X-Forwarded-For": HOME}) as home:
        return sign_up(home)


def test_of_sixty_simultaneous_password_guesses_only_ten_are_checked(
    doors: ProxiedGateway, owner: Member
) -> None:
    assert doors.crowd(owner.email, 60) == {401: 10, 429: 50}
    refused = doors.sign_in(owner.email, PASSWORD)
    problem(refused, 429, "too_many_guesses")
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60


def test_password_guesses_for_an_unknown_email_address_get_the_same_responses(
    doors: ProxiedGateway,
) -> None:
    assert doors.crowd(f"{uuid4().hex}@example.com", 60) == {401: 10, 429: 50}


def test_during_password_guesses_the_owner_can_sign_in_from_a_known_network(
    doors: ProxiedGateway, owner: Member
) -> None:
    doors.crowd(owner.email)
    assert httpx.get(f"{doors.url}/api/me", headers=owner.headers).status_code == 200
    assert doors.sign_in(owner.email, PASSWORD, HOME).status_code == 200
    renewed = {"refreshToken": owner.session["refreshToken"]}
    on_the_road = {"X-Forwarded-For": "192.0.2.77"}
    answer = httpx.post(f"{doors.url}/api/auth/refresh", json=renewed, headers=on_the_road)
    assert answer.status_code == 200
    assert doors.sign_in(owner.email, PASSWORD, "192.0.2.77").status_code == 200


def test_after_a_password_reset_the_owner_can_sign_in_from_a_new_network(
    doors: ProxiedGateway, owner: Member, simulator: Simulator
) -> None:
    doors.crowd(owner.email)
    new = {"X-Forwarded-For": "192.0.2.99"}
    with Client(base_url=doors.url, headers=new) as client:
        client.post("/api/auth/request-reset", json={"email": owner.email})
        token = mailed_token(simulator, owner.email, "/reset")
        given = {"token": token, "newPassword": "another horse battery"}
        assert client.post("/api/auth/reset", json=given).status_code == 204
    assert doors.sign_in(owner.email, "another horse battery", "192.0.2.99").status_code == 200
    assert doors.sign_in(owner.email, "another horse battery", HOME).status_code == 429


def test_password_guesses_from_a_known_network_are_limited_too(
    doors: ProxiedGateway, owner: Member
) -> None:
    guesses = [doors.sign_in(owner.email, "guess", HOME).status_code for _ in range(31)]
    assert guesses == [401] * 30 + [429]


def test_correct_passwords_do_not_count_as_guesses(doors: ProxiedGateway, owner: Member) -> None:
    answers = [doors.sign_in(owner.email, PASSWORD).status_code for _ in range(12)]
    assert answers == [200] * 12


def test_password_guesses_count_towards_the_limit_for_fifteen_minutes(
    doors: ProxiedGateway, owner: Member, rows: Rows
) -> None:
    doors.crowd(owner.email)
    rows(
        "UPDATE sign_in_guesses SET since = since - interval '15 minutes' WHERE org_id = :org",
        org=owner.org_id,
    )
    assert doors.sign_in(owner.email, PASSWORD).status_code == 200


def test_the_owner_gets_one_alert_about_guesses(
    doors: ProxiedGateway, owner: Member, simulator: Simulator, rows: Rows
) -> None:
    doors.crowd(owner.email)
    doors.crowd(owner.email)

    def warnings() -> list[str]:
        mails = simulator.mails(owner.email)
        return [mail["TextBody"] for mail in mails if mail["Tag"] == "sign-in-guesses"]

    wait_until_sync(warnings)
    assert "https://app.test/forgot-password\n" in warnings()[0]
    asked = "SELECT FROM mails WHERE kind = 'sign_in_guesses' AND user_id = :user"
    assert len(rows(asked, user=owner.id)) == 1
