"""Every command of the command line works as a program against the running platform."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from smsblaster import webhooks
from smsblaster.generated.models.contact_list import ContactList
from tests.stack.local_server import LocalServer, local_server
from tests.stack.surroundings import API_KEY, URL, receive, wait_until

PROGRAM = Path(sys.executable).with_name("smsblaster")
ADA = "+12126300001"


class CommandLine:
    """The program, with a configuration of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        known = {"SMSBLASTER_API_KEY", "SMSBLASTER_URL"}
        kept = {name: value for name, value in os.environ.items() if name not in known}
        self.environment = {**kept, "XDG_CONFIG_HOME": str(folder), "NO_COLOR": "1"}

    def run(
        self, *arguments: object, code: int = 0, given: str = "", **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a command with ``given`` as its input. It must end with the exit code ``code``."""
        done = subprocess.run(
            [PROGRAM, *map(str, arguments)],
            input=given,
            capture_output=True,
            text=True,
            env={**self.environment, **environment},
            timeout=120,
            check=False,
        )
        assert done.returncode == code, f"{done.returncode}: {done.stdout} {done.stderr}"
        return done

    def json(self, *arguments: object, **options: Any) -> list[dict[str, Any]]:
        """Run a command with --json and return the objects that it prints."""
        done = self.run(*arguments, "--json", **options)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def start(self, *arguments: object) -> "subprocess.Popen[str]":
        """Start a command that runs until it is stopped."""
        return subprocess.Popen(
            [PROGRAM, *map(str, arguments)],
            stdout=subprocess.PIPE,
            text=True,
            env=self.environment,
            # A shell lets the programs that it runs in the background ignore Ctrl-C.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Return the program after signing in."""
    shell = CommandLine(tmp_path_factory.mktemp("configuration"))
    assert "Signed in to" in shell.run("login", "--url", URL, given=f"{API_KEY}\n").stdout
    return shell


@pytest.fixture
def stopping() -> Iterator[list["subprocess.Popen[str]"]]:
    """Stop the programs that a test has started."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def test_the_key_is_kept_in_a_private_file_until_logout(tmp_path: Path) -> None:
    shell = CommandLine(tmp_path)
    assert "Run: smsblaster login" in shell.run("balance", code=3).stderr
    shell.run("login", "--url", URL, given="sk_wrong\n", code=3)
    [signed_in] = shell.json("login", "--url", URL, given=f"{API_KEY}\n")
    file = Path(signed_in["file"])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    shell.run("balance")
    assert shell.json("logout") == [{"deleted": True}]
    assert not file.exists()
    shell.run("balance", SMSBLASTER_API_KEY=API_KEY, SMSBLASTER_URL=URL)
    file.write_text("{")
    assert "Run: smsblaster login" in shell.run("balance", code=1).stderr


def test_errors_are_printed_as_text_or_json_and_set_the_exit_code(shell: CommandLine) -> None:
    words = shell.run("send", "12", "Hello", code=1).stderr
    assert "to: The number is too short" in words
    error = json.loads(shell.run("send", "12", "Hello", "--json", code=1).stderr)
    assert (error["code"], error["errors"][0]["field"]) == ("invalid_number", "to")
    wrong = shell.run("balance", "--json", code=3, SMSBLASTER_API_KEY="sk_wrong").stderr
    assert json.loads(wrong)["code"] == "unauthenticated"
    elsewhere = {"SMSBLASTER_URL": "http://127.0.0.1:9"}
    assert "stored key belongs to" in shell.run("balance", code=1, **elsewhere).stderr
    shell.run("balance", code=4, SMSBLASTER_API_KEY=API_KEY, **elsewhere)
    assert "No such option" in shell.run("send", "--nonsense", code=2).stderr
    assert "is not a time" in shell.run("history", "--from", "soon", code=2).stderr
    assert "NAME=VALUE" in shell.run("send", ADA, "Hi", "--var", "x", code=2).stderr


def test_a_text_is_quoted_sent_and_listed(shell: CommandLine, tmp_path: Path) -> None:
    reference = str(uuid4())
    assert "Total: 0.01." in shell.run("quote", "Your order is ready.", "--to", ADA).stdout
    options = ("--reference", reference, "--key", reference)
    said = shell.run("send", ADA, "-", *options, given="Your order\nis \x1b[31mready.\n").stdout
    assert f"Sent to {ADA}: 1 segment, 0.01." in said
    [again] = shell.json("send", ADA, "Your order\nis \x1b[31mready.", *options)
    assert again["id"] in said
    [listed] = shell.json("history", "--reference", reference)
    assert (listed["id"], listed["reference"]) == (again["id"], reference)
    table = shell.run("history", "--reference", reference).stdout
    # A text is one line, and commands to the terminal are left out.
    assert "Your order is  [31mready." in table
    file = tmp_path / "history.csv"
    assert shell.json("history", "--reference", reference, "--export", file) == [
        {"file": str(file)}
    ]
    assert reference in file.read_text("utf-8")
    assert shell.json("balance")[0]["currency"] == "usd"


def test_contacts_are_imported_and_listed(shell: CommandLine, people: Path) -> None:
    arguments = ("contacts", "import", people, "--map", "Mobile=phone", "--map", "Name=firstName")
    said = shell.run(*arguments).stdout
    assert "1 skipped" in said
    assert "row 5, phone:" in said
    assert shell.json(*arguments)[0]["status"] == "done"
    assert ADA in shell.run("contacts", "list", "--search", ADA).stdout
    assert shell.json("contacts", "list", "--search", ADA)[0]["firstName"] == "Ada"
    assert "no such contacts" in shell.run("contacts", "list", "--tag", str(uuid4())).stdout


def test_a_campaign_is_created_sent_watched_and_retried(
    shell: CommandLine, guests: ContactList
) -> None:
    assert str(guests.id) in {each["id"] for each in shell.json("lists")}
    assert guests.name in shell.run("lists").stdout
    create = ("campaigns", "create", "Late doors", "--list", guests.id, "--message", "Hi")
    [draft] = shell.json(*create)
    campaign = draft["id"]
    assert "Add --yes" in shell.run("campaigns", "send", campaign, code=2).stderr
    sent = shell.run("campaigns", "send", campaign, "--yes", "--watch")
    assert "3 recipients, 0.03" in sent.stderr
    assert "Late doors is done. Spent: 0.03" in sent.stdout
    assert shell.json("campaigns", "watch", campaign)[-1]["metrics"]["recipients"] == 3
    assert campaign in {each["id"] for each in shell.json("campaigns", "list", "--status", "done")}
    assert "Late doors" in shell.run("campaigns", "list").stdout
    reasons = wait_until(lambda: shell.json("campaigns", "errors", campaign))
    assert reasons[0]["errorCode"] == 30003
    assert "Unreachable handset" in shell.run("campaigns", "errors", campaign).stdout
    [retry] = shell.json("campaigns", "retry", campaign, "--retryable-only")
    assert (retry["status"], retry["retryOf"]) == ("draft", campaign)
    assert "Add --yes" in shell.run("campaigns", "retry", campaign, "--start", code=2).stderr


def test_new_messages_in_the_inbox_are_printed_and_can_be_answered(
    shell: CommandLine, stopping: list["subprocess.Popen[str]"]
) -> None:
    person = "+12126330001"
    receive(person, "First")
    wait_until(lambda: person in shell.run("inbox", "tail", "--no-follow").stdout)
    tail = shell.start("inbox", "tail", "--interval", "0.3", "--json")
    stopping.append(tail)
    assert tail.stdout is not None
    read = (json.loads(line) for line in tail.stdout)
    next(each for each in read if each["message"] == "First")
    receive(person, "Second")
    assert next(read)["message"] == "Second"
    assert "Sent to" in shell.run("inbox", "reply", "+1 (212) 633-0001", "Hello").stdout
    unknown = shell.run("inbox", "reply", "+1 212 999 0001", "Hello", code=1).stderr
    assert "No contact has the phone number" in unknown


def test_webhooks_are_printed_and_forwarded_to_a_local_server(
    shell: CommandLine, stopping: list["subprocess.Popen[str]"]
) -> None:
    with local_server() as server:
        server.status = 418
        wanted = ("--events", "message.delivered, import.finished", "--interval", "0.3")
        process = shell.start("listen", "--forward-to", server.url, *wanted, "--json")
        stopping.append(process)
        assert process.stdout is not None
        read = (json.loads(line) for line in process.stdout)
        secret = next(read)["secret"]
        sent = _send_until(shell, server)
        told = next(read)
        assert (told["type"], told["forwarded"]) == ("message.delivered", 418)
        headers, body = server.calls[0]
        event = webhooks.verify(body, headers, secret)
        assert (event.id, event.data["id"]) == (told["id"], told["data"]["id"])
        assert event.data["id"] in sent
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    assert "is not a type" in shell.run("listen", "--events", "nonsense", code=2).stderr


def _send_until(shell: CommandLine, server: LocalServer) -> list[str]:
    """Send texts until the server gets a call. A new listener gets no events at first."""
    sent: list[str] = []

    def called() -> bool:
        sent.append(shell.json("send", ADA, f"Hello {len(sent)}")[0]["id"])
        return bool(server.calls)

    wait_until(called)
    return sent
