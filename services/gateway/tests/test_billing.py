"""Requests through the gateway to the real billing service."""

import csv
import io
from collections.abc import Callable, Iterator

import httpx
import pytest

from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.members import Client, Member, fields_at_fault, sign_up
from tests.fixtures.commands import Commands
from tests.fixtures.databases import DatabaseFactory
from tests.fixtures.running import INTERNAL_KEY_TEXT, listening


@pytest.fixture(scope="module")
def billing_addr(
    commands: Commands,
    database_factory: DatabaseFactory,
    nats_url: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    address, ops = listening(), listening()
    log = tmp_path_factory.mktemp("billing") / "log"
    with database_factory("billing") as database_url:
        environment = {
            "DATABASE_URL": database_url,
            "NATS_URL": nats_url,
            "OPS_LISTEN": ops,
            "GRPC_LISTEN": address,
            "INTERNAL_TOKEN_KEY": INTERNAL_KEY_TEXT,
            "PUBLIC_APP_URL": "http://app.test",
            "POSTMARK_SERVER_TOKEN": "none",
            "POSTMARK_BASE_URL": "http://127.0.0.1:9",
            "POSTMARK_FROM": "hello@smsblaster.test",
            "STRIPE_SECRET_KEY": "sk_test",
            "STRIPE_BASE_URL": "http://127.0.0.1:9",
            "POOL_SIZE": "2",
        }
        with commands.process("services.billing", "serve", env=environment, log=log) as billing:
            billing.wait_until_ready(ops)
            yield address


@pytest.fixture(scope="module")
def billed_client(
    settings: GatewaySettings, billing_addr: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Client]:
    changes = {"billing_addr": billing_addr, "ops_listen": listening()}
    folder = tmp_path_factory.mktemp("billed")
    with (
        serving(settings.model_copy(update=changes), folder) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


@pytest.fixture
def payer(billed_client: Client) -> Member:
    return sign_up(billed_client)


def test_a_new_users_balance_is_zero(billed_client: Client, payer: Member) -> None:
    answer = billed_client.get("/api/billing/balance", headers=payer.headers)
    assert answer.json() == {
        "balanceCents": 0,
        "currency": "usd",
        "payer": "member",
        "ownBalanceCents": 0,
        "organisationBalanceCents": 0,
        "totalBalanceCents": 0,
    }


def test_the_transactions_of_a_new_user_are_an_empty_page(
    billed_client: Client, payer: Member
) -> None:
    answer = billed_client.get("/api/billing/transactions?limit=5", headers=payer.headers)
    assert answer.json() == {"items": [], "nextCursor": None}


@pytest.mark.parametrize("cursor", ["x", "a" * 500, "../../etc"])
def test_a_forged_cursor_is_refused(billed_client: Client, payer: Member, cursor: str) -> None:
    params = {"cursor": cursor}
    answer = billed_client.get("/api/billing/transactions", params=params, headers=payer.headers)
    assert fields_at_fault(answer) == ["cursor"]


def adjust(client: Client, member: Member, cents: int, reason: str) -> None:
    given = {"userId": member.id, "amountCents": cents, "reason": reason}
    answer = client.post("/api/admin/billing/adjust", json=given, headers=member.headers)
    assert answer.status_code == 201, answer.text


def exported(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.fixture
def funded(billed_client: Client, rows: Callable[..., object]) -> Member:
    """Return an owner, who is also an operator, with three transactions of one cent."""
    member = sign_up(billed_client, name="=Ann")
    rows("UPDATE users SET is_operator = true WHERE id = :id", id=member.id)
    for number in range(3):
        adjust(billed_client, member, 1, f"Gift {number}")
    return member


def test_the_export_has_names_and_balances_and_no_cell_that_a_spreadsheet_runs_as_a_formula(
    billed_client: Client, funded: Member
) -> None:
    answer = billed_client.get("/api/billing/transactions/export", headers=funded.headers)
    rows = exported(answer)
    assert [row["Balance after (cents)"] for row in rows] == ["3", "2", "1"]
    assert {(row["User"], row["User id"], row["Payer"]) for row in rows} == {
        ("'=Ann", funded.id, "member")
    }
    assert [row["Description"] for row in rows] == ["Gift 2", "Gift 1", "Gift 0"]


def test_an_export_without_transactions_has_only_a_header(
    billed_client: Client, funded: Member
) -> None:
    answer = billed_client.get(
        "/api/billing/transactions/export", params={"source": "sms"}, headers=funded.headers
    )
    assert exported(answer) == []
    assert answer.text.startswith("\ufeffId,Created at,")


def test_export_refuses_contradicting_filters(billed_client: Client, funded: Member) -> None:
    answer = billed_client.get(
        "/api/billing/transactions/export",
        params={"userId": funded.id, "payer": "organisation"},
        headers=funded.headers,
    )
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "payer"


def test_transactions_are_listed_with_the_names_of_users(
    billed_client: Client, funded: Member
) -> None:
    answer = billed_client.get("/api/billing/transactions?limit=1", headers=funded.headers)
    [row] = answer.json()["items"]
    assert (row["userName"], row["payer"], row["balanceAfterCents"]) == ("=Ann", "member", 3)


def test_the_export_needs_a_sign_in(billed_client: Client) -> None:
    assert billed_client.get("/api/billing/transactions/export").status_code == 401


def test_operators_see_organisations_with_their_balance(
    billed_client: Client, funded: Member
) -> None:
    answer = billed_client.get("/api/admin/organisations", headers=funded.headers)
    [mine] = [each for each in answer.json()["items"] if each["id"] == funded.org_id]
    assert (mine["balanceCents"], mine["currency"], mine["members"]) == (3, "usd", 1)
    assert mine["usage"] is None  # messaging is away


def test_organisations_are_found_by_the_start_of_their_name_and_by_id(
    billed_client: Client, funded: Member
) -> None:
    name = f"Zebra {funded.org_id} 100%"
    changed = billed_client.patch("/api/org", json={"name": name}, headers=funded.headers)
    assert changed.status_code == 200

    def found(search: str) -> list[str]:
        url = "/api/admin/organisations"
        answer = billed_client.get(url, params={"search": search}, headers=funded.headers)
        return [each["id"] for each in answer.json()["items"]]

    assert found(f"zebra {funded.org_id}".upper()) == [funded.org_id]
    assert found(f"zebra {funded.org_id}%") == []
    url = f"/api/admin/organisations?orgId={funded.org_id}"
    items = billed_client.get(url, headers=funded.headers).json()["items"]
    assert [each["id"] for each in items] == [funded.org_id]
    url = "/api/admin/organisations?orgId=zebra"
    assert billed_client.get(url, headers=funded.headers).json()["errors"][0]["field"] == "orgId"
    url = "/api/admin/organisations?search=%20"
    assert billed_client.get(url, headers=funded.headers).status_code == 422


def test_operators_can_adjust_balances_only_of_organisations_that_exist(
    billed_client: Client, funded: Member
) -> None:
    given = {"orgId": funded.org_id, "amountCents": 7, "reason": "Goodwill"}
    url = "/api/admin/billing/adjust"
    answer = billed_client.post(url, json=given, headers=funded.headers)
    assert (answer.status_code, answer.json()["balanceCents"]) == (201, 7)
    nowhere = {**given, "orgId": funded.id}
    answer = billed_client.post(url, json=nowhere, headers=funded.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "organisation_not_found")
    neither = {"amountCents": 7, "reason": "Goodwill"}
    assert billed_client.post(url, json=neither, headers=funded.headers).status_code == 422


def test_only_operators_see_the_list_of_organisations(billed_client: Client, payer: Member) -> None:
    answer = billed_client.get("/api/admin/organisations", headers=payer.headers)
    assert answer.status_code == 403


def test_the_dashboard_shows_the_parts_whose_services_respond(
    billed_client: Client, funded: Member
) -> None:
    shown = billed_client.get("/api/dashboard", headers=funded.headers).json()
    assert shown["balance"]["totalBalanceCents"] == 3
    assert "balance" not in shown["failedParts"]
    assert "campaigns" in shown["failedParts"]
