"""Operators run the platform with the command `smsblaster-admin`."""

import json
import os
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from deploy.local.testkit.api import ApiProblem, Json
from deploy.local.testkit.organisation import Organisation
from tests.fixtures.platform import Platform, audience, csv_of
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Command:
    """The command, with the session of one operator."""

    url: str
    home: Path
    operator: Organisation

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        """Run the command as a process of its own."""
        return subprocess.run(
            [sys.executable, "-m", "admin", *arguments],
            env={**os.environ, "HOME": str(self.home), "XDG_CONFIG_HOME": str(self.home)},
            cwd=ROOT,
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )

    def login(self, password: str) -> subprocess.CompletedProcess[str]:
        """Sign in."""
        names = ("--url", self.url, "--email", self.operator.email)
        return self.run("login", *names, given=f"{password}\n")

    def do(self, *arguments: str) -> list[Json]:
        """Run a command that succeeds, and return its JSON objects."""
        done = self.run(*arguments, "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def audited(self, action: str) -> list[Json]:
        """Return the entries of the audit log about what this operator did, newest first."""
        me = self.operator.api.get("/api/me")
        found = self.operator.api.get("/api/admin/audit?limit=200")["items"]
        return [e for e in found if e["action"] == action and e["actorUserId"] == me["id"]]


@pytest.fixture
def command(platform: Platform, tmp_path: Path) -> Iterator[Command]:
    """Return the command of an operator who has signed in. Afterwards, nothing is held."""
    command = Command(platform.stack.gateway_url, tmp_path, platform.operator())
    signed_in = command.login(command.operator.password)
    assert signed_in.returncode == 0, signed_in.stderr
    yield command
    command.operator.api.post("/api/admin/sending/release", {"reason": "The test has ended"})


@contextmanager
def wrong_balance(platform: Platform, organisation: Organisation, cents: int) -> Iterator[None]:
    """Move the organisation's balance without a transaction, and back.

    The lock of the job `verify-ledger` keeps that from reporting the difference meanwhile.
    """
    move = "UPDATE user_balances SET balance_cents = balance_cents + %s WHERE org_id = %s"
    job = zlib.crc32(b"verify-ledger") - 2**31
    url = platform.stack.postgres.url("billing")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(7218, %s)", (job,))
        connection.execute(move, (cents, organisation.org_id))
        try:
            yield
        finally:
            connection.execute(move, (-cents, organisation.org_id))


def test_one_command_holds_all_sending_and_another_releases_it(
    platform: Platform, command: Command
) -> None:
    acme = platform.organisation("Acme", cents=1_000)
    [person] = audience(1, first=8800)
    text = {"to": person, "message": "Hello"}
    [state] = command.do("sending", "hold", "--reason", "Wrong prices", "--yes")
    assert (state["held"], state["reason"]) == (True, "Wrong prices")
    with pytest.raises(ApiProblem) as refusal:
        acme.api.post("/api/sms/send", text)
    assert (refusal.value.status, refusal.value.code) == (503, "sending_held")
    shown = command.run("sending", "status")
    assert "All sending is held since" in shown.stdout
    assert "Wrong prices" in shown.stdout
    [state] = command.do("sending", "release", "--reason", "Prices are right", "--yes")
    assert (state["held"], state["heldSince"], state["reason"]) == (False, None, None)
    acme.api.post("/api/sms/send", text)
    assert [sent.to for sent in platform.simulator.texts(acme.account_sid)] == [person]
    assert acme.balance() == 999
    wait_until_sync(lambda: command.audited("all_sending_released"))
    [entry] = command.audited("all_sending_held")
    assert entry["meta"] == {"reason": "Wrong prices"}


def test_a_campaign_waits_while_all_sending_is_held_and_is_sent_once_afterwards(
    platform: Platform, command: Command
) -> None:
    acme = platform.organisation("Acme", cents=1_000)
    people = audience(5, first=8810)
    command.do("sending", "hold", "--reason", "Wrong prices", "--yes")
    guests, _ = acme.list_from("Guests", csv_of(people))
    campaign = acme.draft("Doors", guests, "Doors open at 8")
    acme.send(campaign)
    assert acme.balance() == 1_000
    assert platform.simulator.texts(acme.account_sid) == []
    command.do("sending", "release", "--reason", "Prices are right", "--yes")
    acme.wait_until_done(campaign)
    sent = sorted(each.to for each in platform.simulator.texts(acme.account_sid))
    assert sent == sorted(people)
    assert acme.balance() == 995


def test_an_organisation_is_found_suspended_and_resumed(
    platform: Platform, command: Command
) -> None:
    name = f"Lighthouse {uuid4().hex}"
    acme = platform.organisation(name, cents=1_000)
    [listed] = command.do("organisations", "list", "--search", name)
    [shown] = command.do("organisations", "show", acme.org_id)
    assert listed["id"] == shown["id"] == acme.org_id
    assert "10.00 USD" in command.run("organisations", "show", name.upper()).stdout
    [account] = command.do("organisations", "suspend", name, "--reason", "Spam", "--yes")
    assert (account["orgId"], account["status"]) == (acme.org_id, "suspended")
    with pytest.raises(ApiProblem) as refusal:
        acme.api.post("/api/sms/send", {"to": audience(1, first=8820)[0], "message": "Hello"})
    assert refusal.value.code == "account_suspended"
    [account] = command.do("organisations", "resume", acme.org_id, "--reason", "Explained")
    assert account["status"] == "active"
    wait_until_sync(lambda: command.audited("twilio_subaccount_reactivated"))
    assert command.audited("twilio_subaccount_suspended")[0]["meta"] == {"reason": "Spam"}
    missing = command.run("organisations", "show", f"Nobody {uuid4()}")
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "There is no organisation Nobody" in missing.stderr


def test_an_organisation_is_closed_and_reopened(platform: Platform, command: Command) -> None:
    acme = platform.organisation(f"Lighthouse {uuid4().hex}")
    why = ("--reason", "They asked by phone")
    [closed] = command.do("organisations", "close", acme.org_id, *why, "--yes")
    assert (closed["orgId"], closed["status"]) == (acme.org_id, "closed")
    listed = command.do("organisations", "closings", "--limit", "50")
    assert closed["id"] in [each["id"] for each in listed]
    [opened] = command.do("organisations", "reopen", acme.org_id, *why)
    assert opened["status"] == "reopened"
    assert command.audited("organisation_closed")[0]["meta"] == {"reason": "They asked by phone"}


def test_dead_letters_are_listed_and_an_unknown_one_is_refused(command: Command) -> None:
    waiting = command.do("dead-letters", "list")
    counted = sum(group["count"] for group in command.do("dead-letters", "groups"))
    assert counted >= len(waiting)
    for arguments in (
        ("show", str(uuid4())),
        ("replay", str(uuid4()), "--reason", "Fixed"),
        ("discard", str(uuid4()), "--reason", "Useless", "--yes"),
    ):
        refused = command.run("dead-letters", *arguments, "--json")
        assert refused.returncode == 1
        assert json.loads(refused.stderr)["code"] == "dead_letter_not_found"


def test_a_price_is_listed_and_set_and_the_next_text_costs_it(
    platform: Platform, command: Command
) -> None:
    acme = platform.organisation("Acme", cents=1_000)
    before = {row["country"]: row["centsPerSegment"] for row in command.do("prices", "list")}
    person = "+447400123456"
    reason = ("--reason", "Twilio charges more", "--yes")
    try:
        [price] = command.do("prices", "set", "gb", str(before["GB"] + 1), *reason)
        assert (price["country"], price["centsPerSegment"]) == ("GB", before["GB"] + 1)
        quote = {"numbers": [person], "message": "Hello"}
        wait_until_sync(
            lambda: acme.api.post("/api/sms/quote", quote)["totalCents"] == before["GB"] + 1
        )
        acme.api.post("/api/sms/send", {"to": person, "message": "Hello"})
        assert acme.balance() == 1_000 - before["GB"] - 1
    finally:
        command.do("prices", "set", "GB", str(before["GB"]), *reason)
    wait_until_sync(lambda: command.audited("price_changed"))
    unknown = command.run("prices", "set", "XX", "5", *reason)
    assert unknown.returncode == 1
    assert "country: must be a country" in unknown.stderr


def test_the_price_of_a_number_is_listed_and_set(command: Command) -> None:
    def listed() -> dict[tuple[str, str], int]:
        rows = command.do("prices", "list-numbers")
        return {(row["country"], row["numberType"]): row["centsPerMonth"] for row in rows}

    before, reason = listed()["SG", "local"], ("--reason", "Twilio charges more", "--yes")
    try:
        [price] = command.do("prices", "set-number", "sg", "local", str(before + 1), *reason)
        assert (price["country"], price["centsPerMonth"]) == ("SG", before + 1)
        assert listed()["SG", "local"] == before + 1
    finally:
        command.do("prices", "set-number", "SG", "local", str(before), *reason)
    wait_until_sync(lambda: command.audited("number_price_changed"))


def test_a_sending_rate_is_listed_and_set(platform: Platform, command: Command) -> None:
    acme = platform.organisation(f"Lighthouse {uuid4().hex}")
    reason = ("--reason", "They have a short code", "--yes")
    [rate] = command.do("sending", "set-rate", acme.org_id, "321", *reason)
    assert rate == {"orgId": acme.org_id, "segmentsPerSecond": 321}
    assert command.do("sending", "rates", "--organisation", acme.org_id) == [rate]
    wait_until_sync(lambda: command.audited("sending_rate_set"))


def test_a_wrong_balance_is_found_and_its_organisation_is_named(
    platform: Platform, command: Command
) -> None:
    acme = platform.organisation("Acme", cents=1_000)
    with wrong_balance(platform, acme, cents=1):
        found = command.run("verify-ledger", "--json")
        assert found.returncode == 1
        assert "wrong" in found.stderr
        [wrong] = [
            row for row in map(json.loads, found.stdout.splitlines()) if row["orgId"] == acme.org_id
        ]
        assert (wrong["balanceCents"], wrong["ledgerCents"]) == (1_001, 1_000)
    right = command.run("verify-ledger")
    assert (right.returncode, acme.org_id in right.stdout) == (0, False)
    assert "All are right" in right.stdout


def test_an_api_key_is_listed_and_revoked(platform: Platform, command: Command) -> None:
    acme = platform.organisation(f"Lighthouse {uuid4().hex}")
    made = acme.api.post("/api/api-keys", {"name": "ci", "scopes": ["read"]})
    [listed] = command.do("keys", "list", acme.org_id)
    assert (listed["prefix"], listed["revokedAt"]) == (made["apiKey"]["prefix"], None)
    assert made["key"] not in command.run("keys", "list", acme.org_id).stdout
    revoke = ("keys", "revoke", acme.org_id, listed["id"], "--reason", "Leaked", "--yes")
    [revoked] = command.do(*revoke)
    assert revoked["revokedAt"] is not None
    wait_until_sync(lambda: command.audited("api_key_revoked"))
    uses = {row["use"] for row in command.do("keys", "platform") if row["isCurrent"]}
    assert uses == {"access_tokens", "stored_secrets"}
    for table in (("keys", "platform"), ("sending", "rates"), ("prices", "list-numbers")):
        assert len(command.run(*table).stdout.splitlines()) > 1


def test_a_dangerous_change_needs_a_reason_and_somebody_to_ask(command: Command) -> None:
    unasked = command.run("sending", "hold", "--reason", "Wrong prices")
    assert unasked.returncode == 2
    assert "Add --yes" in unasked.stderr
    unreasoned = command.run("sending", "hold", "--yes")
    assert unreasoned.returncode == 2
    assert "--reason" in unreasoned.stderr
    blank = command.run("sending", "hold", "--reason", " ", "--yes")
    assert blank.returncode == 1
    assert "reason:" in blank.stderr
    assert not command.do("sending", "status")[0]["held"]


def test_only_operators_sign_in_and_the_session_is_private(
    platform: Platform, command: Command, tmp_path: Path
) -> None:
    [file] = tmp_path.rglob("session.json")
    assert file.stat().st_mode & 0o077 == 0
    assert command.operator.password not in file.read_text(encoding="utf-8")
    assert command.do("logout") == [{"ended": True}]
    assert command.run("sending", "status").returncode == 3
    wrong = command.login("not the password")
    assert wrong.returncode == 1
    assert "bad_credentials" in wrong.stderr
    stranger = platform.stranger()
    stranger.sign_up("Strangers")
    refused = Command(command.url, tmp_path / "other", stranger).login(stranger.password)
    assert refused.returncode == 1
    assert "is not an operator" in refused.stderr
    unreachable = Command("http://127.0.0.1:9", tmp_path, command.operator).login("any password")
    assert unreachable.returncode == 4
