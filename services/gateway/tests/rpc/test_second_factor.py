"""Users set up a second factor, sign in with it in two steps, and change it."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pyotp
import pytest

from services.gateway.tests.members import PASSWORD, Client, Member, fields_at_fault, problem
from services.gateway.tests.second_factors import (
    Rows,
    begin,
    challenge,
    complete,
    confirm,
    let_code_be_used_again,
    set_up,
)
from tests.fixtures.running import Simulator
from tests.fixtures.waiting import wait_until_sync

BROWSER = {"X-Session": "cookie", "Sec-Fetch-Site": "same-origin"}


def state(client: Client, member: Member) -> dict[str, Any]:
    answer = client.get("/api/me/second-factor", headers=member.headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def change(client: Client, member: Member, what: str, **body: str) -> Any:
    return client.post(f"/api/me/second-factor/{what}", json=body, headers=member.headers)


def test_a_second_factor_is_on_once_a_code_confirms_it(
    client: Client, member: Member, rows: Rows, simulator: Simulator
) -> None:
    assert state(client, member) == {
        "isOn": False,
        "isRequired": False,
        "turnedOnAt": None,
        "recoveryCodesLeft": 0,
    }
    app = set_up(client, member, rows)
    found = state(client, member)
    assert (found["isOn"], found["recoveryCodesLeft"]) == (True, 10)
    assert len(set(app.recovery_codes)) == 10
    wait_until_sync(
        lambda: [m for m in simulator.mails(member.email) if m["Tag"] == "second-factor-on"]
    )
    [entry] = rows(
        "SELECT * FROM audit_logs WHERE org_id = :org AND action = 'second_factor_on'",
        org=member.org_id,
    )
    assert entry["entity_id"] == member.id


def test_the_secret_is_stored_encrypted_and_recovery_codes_as_hashes(
    client: Client, member: Member, rows: Rows
) -> None:
    app = set_up(client, member, rows)
    stored = str(rows("SELECT * FROM second_factors WHERE user_id = :u", u=member.id))
    stored += str(rows("SELECT * FROM recovery_codes WHERE user_id = :u", u=member.id))
    assert app.secret not in stored
    for code in app.recovery_codes:
        assert code not in stored
        assert code.replace("-", "") not in stored


def test_an_unconfirmed_secret_changes_nothing_and_can_be_replaced(
    client: Client, member: Member, rows: Rows
) -> None:
    first = begin(client, member).json()
    assert first["uri"].startswith("otpauth://totp/SMSBlaster:")
    assert f"secret={first['secret']}" in first["uri"]
    given = {"email": member.email, "password": PASSWORD}
    assert client.post("/api/auth/login", json=given).json()["accessToken"]
    assert set_up(client, member, rows).secret != first["secret"]


def test_setting_up_needs_the_password_and_a_right_code(client: Client, member: Member) -> None:
    problem(begin(client, member, "not the password"), 422, "wrong_password")
    problem(confirm(client, member, "123456"), 409, "second_factor_off")
    begin(client, member)
    problem(confirm(client, member, "000000x"), 422, "wrong_code")
    assert fields_at_fault(confirm(client, member, "1")) == ["code"]


def test_a_second_factor_that_is_on_is_not_replaced(
    client: Client, member: Member, rows: Rows
) -> None:
    app = set_up(client, member, rows)
    problem(begin(client, member), 409, "second_factor_on")
    problem(confirm(client, member, app.code), 409, "second_factor_on")


def test_a_sign_in_has_two_steps(client: Client, member: Member, rows: Rows) -> None:
    app = set_up(client, member, rows)
    token = challenge(client, member)
    problem(complete(client, token, "000000x"), 422, "wrong_code")
    done = complete(client, token, f"{app.code[:3]} {app.code[3:]}")
    assert done.status_code == 200, done.text
    assert done.json()["user"]["id"] == member.id
    assert client.get("/api/me", headers=Member(done.json()).headers).status_code == 200
    let_code_be_used_again(rows, member)
    problem(complete(client, token, app.code), 401, "bad_challenge")
    [entry] = rows(
        "SELECT * FROM audit_logs WHERE org_id = :org AND action = 'signed_in'", org=member.org_id
    )
    assert str(entry["meta"]).count("totp") == 1


def test_a_browser_gets_its_cookie_after_the_second_step(
    client: Client, member: Member, rows: Rows
) -> None:
    app = set_up(client, member, rows)
    token = challenge(client, member, **BROWSER)
    done = complete(client, token, app.code, **BROWSER)
    assert done.json()["refreshToken"] is None
    assert "HttpOnly" in done.headers["Set-Cookie"]


def test_a_code_works_once_even_for_simultaneous_sign_ins(
    client: Client, member: Member, rows: Rows
) -> None:
    app = set_up(client, member, rows)
    code, tokens = app.code, [challenge(client, member) for _ in range(4)]
    with ThreadPoolExecutor(4) as people:
        answers = people.map(lambda token: complete(client, token, code).status_code, tokens)
        assert sorted(answers) == [200, 422, 422, 422]
    problem(complete(client, challenge(client, member), code), 422, "wrong_code")


def test_the_code_that_turned_the_second_factor_on_cannot_be_used_to_sign_in(
    client: Client, member: Member
) -> None:
    secret = begin(client, member).json()["secret"]
    code = pyotp.TOTP(secret).now()
    assert confirm(client, member, code).status_code == 200
    problem(complete(client, challenge(client, member), code), 422, "wrong_code")


def test_each_recovery_code_works_once(client: Client, member: Member, rows: Rows) -> None:
    app = set_up(client, member, rows)
    first = app.recovery_codes[0]
    typed = first.upper().replace("-", " ")
    assert complete(client, challenge(client, member), typed).status_code == 200
    problem(complete(client, challenge(client, member), first), 422, "wrong_code")
    assert state(client, member)["recoveryCodesLeft"] == 9
    second = app.recovery_codes[1]
    assert complete(client, challenge(client, member), second).status_code == 200


def test_a_challenge_expires_after_five_minutes(client: Client, member: Member, rows: Rows) -> None:
    app = set_up(client, member, rows)
    token = challenge(client, member)
    rows("UPDATE sign_in_challenges SET expires_at = now() WHERE user_id = :u", u=member.id)
    problem(complete(client, token, app.code), 401, "bad_challenge")
    problem(complete(client, "x", app.code), 401, "bad_challenge")


def test_guesses_of_codes_are_limited_and_the_user_is_warned(
    client: Client, member: Member, rows: Rows, simulator: Simulator
) -> None:
    app = set_up(client, member, rows)
    token = challenge(client, member)
    answers = [complete(client, token, f"{n:06}x").status_code for n in range(12)]
    assert answers == [422] * 10 + [429] * 2
    refused = complete(client, token, app.code)
    problem(refused, 429, "too_many_guesses")
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60
    wait_until_sync(
        lambda: [m for m in simulator.mails(member.email) if m["Tag"] == "second-factor-guesses"]
    )
    rows(
        "UPDATE sign_in_guesses SET since = since - interval '15 minutes' WHERE org_id = :o",
        o=member.org_id,
    )
    assert complete(client, token, app.code).status_code == 200


def test_a_disabled_user_cannot_finish_the_sign_in(
    client: Client, member: Member, rows: Rows
) -> None:
    app = set_up(client, member, rows)
    token = challenge(client, member)
    rows("UPDATE users SET status = 'disabled' WHERE id = :id", id=member.id)
    problem(complete(client, token, app.code), 403, "account_disabled")


@pytest.mark.parametrize("what", ["turn-off", "recovery-codes"])
def test_changes_need_the_password_and_a_code(
    client: Client, member: Member, rows: Rows, what: str
) -> None:
    body = {"password": PASSWORD, "code": "123456"}
    problem(change(client, member, what, **body), 409, "second_factor_off")
    app = set_up(client, member, rows)
    wrong = {"password": "not the password", "code": app.code}
    problem(change(client, member, what, **wrong), 422, "wrong_password")
    problem(change(client, member, what, **{**body, "code": "000000x"}), 422, "wrong_code")
    assert fields_at_fault(change(client, member, what)) == ["password", "code"]
    assert state(client, member)["isOn"]


def test_after_the_second_factor_is_turned_off_the_password_is_enough(
    client: Client, member: Member, rows: Rows
) -> None:
    app = set_up(client, member, rows)
    waiting = challenge(client, member)
    answer = change(client, member, "turn-off", password=PASSWORD, code=app.recovery_codes[3])
    assert answer.status_code == 204
    given = {"email": member.email, "password": PASSWORD}
    assert client.post("/api/auth/login", json=given).json()["accessToken"]
    problem(complete(client, waiting, app.code), 401, "bad_challenge")
    assert rows("SELECT FROM recovery_codes WHERE user_id = :u", u=member.id) == []


def test_new_recovery_codes_replace_the_old_ones(
    client: Client, member: Member, rows: Rows
) -> None:
    app = set_up(client, member, rows)
    answer = change(client, member, "recovery-codes", password=PASSWORD, code=app.code)
    new = answer.json()["codes"]
    assert len(new) == 10
    old = app.recovery_codes[0]
    problem(complete(client, challenge(client, member), old), 422, "wrong_code")
    assert complete(client, challenge(client, member), new[0]).status_code == 200


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("GET", "/api/me/second-factor"),
        ("POST", "/api/me/second-factor"),
        ("POST", "/api/me/second-factor/confirm"),
        ("POST", "/api/me/second-factor/turn-off"),
        ("POST", "/api/me/second-factor/recovery-codes"),
    ],
)
def test_without_a_sign_in_nothing_is_shown_or_changed(
    client: Client, verb: str, path: str
) -> None:
    problem(client.request(verb, path, json={} if verb == "POST" else None), 401, "unauthenticated")
