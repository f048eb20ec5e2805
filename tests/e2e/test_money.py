"""The balance: alerts when it is low, corrections by operators, prices and payments."""

from uuid import uuid4

import httpx
import pytest

from deploy.local.testkit.api import ApiProblem
from tests.fixtures.platform import Platform, audience
from tests.fixtures.running import mails_to
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack


def test_a_low_balance_causes_one_mail_one_text_and_one_notification(platform: Platform) -> None:
    acme = platform.organisation("Acme", cents=1000)
    [office] = audience(1, first=7700)
    email = f"{uuid4().hex}@example.com"
    wanted = {"minBalanceCents": 5000, "notifyEmails": [email], "smsAlertTo": office}
    answer = httpx.put(
        f"{platform.stack.gateway_url}/api/billing/settings",
        json=wanted,
        headers={"Authorization": f"Bearer {acme.api.access_token}"},
    )
    assert answer.status_code == 200, answer.text
    settings = acme.api.get("/api/billing/settings")
    assert {name: settings[name] for name in wanted} == wanted
    for _ in range(2):
        platform.command("billing", "job", "alert-low-balances")
    [notification] = acme.api.get("/api/notifications")["items"]
    assert (notification["type"], notification["payload"]["balanceCents"]) == ("low_balance", 1000)
    assert notification["sentAt"]
    stack = platform.stack
    assert stack.simulator_url
    mails = mails_to(stack.simulator_url, stack.secrets.postmark_server_token, email)
    assert [mail["Subject"] for mail in mails] == ["Acme: SMS balance is low (10.00 USD)"]
    wait_until_sync(lambda: platform.simulator.texts(acme.account_sid))
    assert [text.to for text in platform.simulator.texts(acme.account_sid)] == [office]
    assert acme.balance() == 999


def test_a_balance_corrected_twice_with_the_same_idempotency_key_changes_once(
    platform: Platform,
) -> None:
    operator = platform.operator()
    acme = platform.stranger()
    acme.sign_up("Acme")
    me = acme.api.get("/api/me")
    wish = {"userId": me["id"], "orgId": me["orgId"], "amountCents": 250, "reason": "Goodwill"}
    key = str(uuid4())
    answers = [operator.api.post("/api/admin/billing/adjust", wish, key) for _ in range(2)]
    assert [answer["balanceCents"] for answer in answers] == [250, 250]
    assert acme.balance() == 250
    [entry] = acme.api.get("/api/billing/transactions")["items"]
    assert (entry["source"], entry["description"]) == ("admin_adjust", "Goodwill")
    with pytest.raises(ApiProblem) as refusal:
        operator.api.post("/api/admin/billing/adjust", {**wish, "amountCents": -251})
    assert (refusal.value.status, refusal.value.code) == (402, "insufficient_balance")


def test_an_operator_corrects_the_balance_of_a_user_who_never_had_one(platform: Platform) -> None:
    operator = platform.operator()
    acme = platform.stranger()
    acme.sign_up("Acme")
    me = acme.api.get("/api/me")
    wish = {"userId": me["id"], "amountCents": 250, "reason": "Goodwill"}
    with pytest.raises(ApiProblem) as refusal:
        operator.api.post("/api/admin/billing/adjust", {**wish, "amountCents": -1})
    assert (refusal.value.status, refusal.value.code) == (402, "insufficient_balance")
    answer = operator.api.post("/api/admin/billing/adjust", wish)
    assert (answer["orgId"], answer["balanceCents"]) == (me["orgId"], 250)
    assert acme.balance() == 250


def test_an_operator_can_correct_a_balance_only_if_the_user_is_in_the_named_organisation(
    platform: Platform,
) -> None:
    operator = platform.operator()
    me = operator.api.get("/api/me")
    wish = {"userId": str(uuid4()), "amountCents": 250, "reason": "Goodwill"}
    with pytest.raises(ApiProblem) as refusal:
        operator.api.post("/api/admin/billing/adjust", wish)
    assert (refusal.value.status, refusal.value.code) == (404, "user_not_found")
    with pytest.raises(ApiProblem) as refusal:
        operator.api.post(
            "/api/admin/billing/adjust", {**wish, "userId": me["id"], "orgId": str(uuid4())}
        )
    assert (refusal.value.status, refusal.value.code) == (422, "unknown_user")
    assert refusal.value.fields == {"orgId"}


def test_texts_cost_what_the_price_list_says(platform: Platform) -> None:
    acme = platform.stranger()
    acme.sign_up("Acme")
    prices = acme.api.get("/api/billing/prices")
    [domestic] = [price for price in prices["items"] if price["country"] == "US"]
    assert (domestic["prefix"], domestic["centsPerSegment"]) == ("+1", 1)
    assert prices["currency"] == "usd"


def test_the_dashboard_shows_every_part_of_a_new_organisation(platform: Platform) -> None:
    acme = platform.organisation("Acme", cents=1000)
    shown = acme.api.get("/api/dashboard")
    assert shown["failedParts"] == []
    assert shown["balance"]["totalBalanceCents"] == 1000
    assert shown["week"]["sent"] == 0
    assert shown["totals"]["numbers"] >= 1
    states = {step["kind"]: step["state"] for step in shown["onboarding"]["steps"]}
    assert (states["account"], states["balance"], states["number"]) == ("done",) * 3
    assert states["first_delivery"] == "todo"


def test_if_the_organisation_pays_its_balance_gets_the_top_ups_and_pays_for_the_texts(
    platform: Platform,
) -> None:
    acme = platform.organisation("Acme", cents=1000)
    me = acme.api.get("/api/me")["id"]
    given = {"minBalanceCents": 0, "notifyEmails": [], "payer": "organisation"}
    answer = httpx.put(
        f"{platform.stack.gateway_url}/api/billing/settings",
        json=given,
        headers={"Authorization": f"Bearer {acme.api.access_token}"},
    )
    assert answer.status_code == 200, answer.text
    acme.api.post("/api/billing/transfers", {"fromUserId": me, "amountCents": 400})
    [person] = audience(1, first=7750)
    acme.api.post("/api/sms/send", {"to": person, "message": "Hello"})
    balance = acme.api.get("/api/billing/balance")
    assert (balance["payer"], balance["balanceCents"], balance["ownBalanceCents"]) == (
        "organisation",
        399,
        600,
    )
    charge, *_ = acme.api.get("/api/billing/transactions")["items"]
    assert (charge["payer"], charge["userName"], charge["byUserId"]) == ("organisation", None, me)
    assert charge["balanceAfterCents"] == 399
