"""The command line says what to do after a failure, and sends a key only to its installation."""

from pathlib import Path
from uuid import uuid4

import click
import httpx
import pytest

from smsblaster.cli import app, credentials
from smsblaster.cli.session import Session
from smsblaster.webhooks import VerificationError
from tests.unit.scripted_platform import BALANCE, Platform, problem


@pytest.fixture
def signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Store a key for an installation, in a folder of the test."""
    monkeypatch.setattr(credentials, "path", lambda: tmp_path / "credentials.json")
    monkeypatch.delenv(credentials.KEY, raising=False)
    monkeypatch.delenv(credentials.URL, raising=False)
    credentials.save(credentials.Credentials("sk_production", "https://sms.example.org"))


def run(monkeypatch: pytest.MonkeyPatch, platform: Platform, *arguments: str) -> int:
    monkeypatch.setattr(Session, "client", platform.client())
    return app.run([*arguments])


@pytest.mark.usefixtures("signed_in")
@pytest.mark.parametrize(
    "url", ["https://staging.example.org", "http://sms.example.org", "https://sms.example.org:1"]
)
def test_the_stored_key_is_never_sent_to_another_installation(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(credentials.URL, url)
    with pytest.raises(click.ClickException, match="the stored key belongs to"):
        credentials.load()
    monkeypatch.setenv(credentials.KEY, "sk_staging")
    assert credentials.load() == credentials.Credentials("sk_staging", url)


@pytest.mark.usefixtures("signed_in")
def test_the_stored_key_is_used_for_its_own_installation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(credentials.URL, "https://sms.example.org/")
    loaded = credentials.load()
    assert loaded is not None
    assert loaded.api_key == "sk_production"


@pytest.mark.parametrize(
    "command",
    [
        ("send", "+14155550123", "Hi"),
        ("inbox", "reply", str(uuid4()), "Hi"),
        ("campaigns", "create", "Doors", "--list", str(uuid4()), "--message", "Hi"),
        ("campaigns", "retry", str(uuid4()), "--start", "--yes"),
    ],
    ids=["send", "reply", "create", "retry"],
)
def test_if_the_outcome_of_a_command_is_unknown_the_error_names_the_key_for_another_try(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = Platform(*(problem(500, "internal_error") for _ in range(10)))
    assert run(monkeypatch, platform, *command) == app.REFUSED
    [key] = platform.keys()
    assert f"Try again with --key {key}" in capsys.readouterr().err
    assert run(monkeypatch, platform, *command, "--key", str(key)) == app.REFUSED
    assert platform.keys() == {key}


def test_the_error_of_a_refused_command_names_no_key(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    platform = Platform(problem(402, "insufficient_balance"))
    run(monkeypatch, platform, "send", "+14155550123", "Hi")
    assert "--key" not in capsys.readouterr().err


def test_an_event_that_cannot_be_verified_prints_an_error_message(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise VerificationError("Message timestamp too new")

    platform = Platform(httpx.Response(200, json=BALANCE))
    client = platform.client()
    monkeypatch.setattr(client.billing, "balance", fail)
    monkeypatch.setattr(Session, "client", client)
    assert app.run(["balance"]) == app.REFUSED
    assert "could not be verified: Message timestamp too new" in capsys.readouterr().err
