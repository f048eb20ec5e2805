"""The samples of the README work as they are written, and those that verify webhooks."""

import json
import os
import re
import runpy
import shutil
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.local.first_steps import with_values
from services.webhooks.delivery.domain.signatures import new_secret, signed_headers
from tests.fixtures.node import RUN
from tests.fixtures.platform import Platform, audience, csv_of

ROOT = Path(__file__).resolve().parents[2]
README, WEBHOOKS = (ROOT / name for name in ("README.md", "docs/guides/hear-back.md"))
# Ends a script at the first answer that is an error.
STRICT = """set -euo pipefail
curl() { command curl --fail-with-body --show-error "$@"; }
"""
SECRET, OLD_SECRET = new_secret(), new_secret()
BODY = '{"type": "message.delivered", "data": {"message": "Grüße"}}'.encode()
IN_NODE = """import { isOurs } from "./sample.mts";
const calls = JSON.parse(process.argv[2]);
console.log(JSON.stringify(calls.map(([secret, headers, body]) =>
  isOurs(secret, headers, Buffer.from(body)))));
"""


def samples(page: Path, language: str) -> list[str]:
    """Return the code samples of a page in one language."""
    return re.findall(rf"```{language}\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


def verifying(language: str) -> str:
    """Return the sample that verifies a webhook."""
    [sample] = [code for code in samples(WEBHOOKS, language) if "whsec_" in code]
    return sample


def call(minutes_ago: int = 0) -> Mapping[str, str]:
    """Return the headers of a webhook call to a customer who has just replaced the secret."""
    at = datetime.now(UTC) - timedelta(minutes=minutes_ago)
    return signed_headers([SECRET, OLD_SECRET], "0192f0c1", at, BODY)


@pytest.mark.stack
def test_the_requests_of_the_readme_succeed_one_after_the_other(
    platform: Platform, tmp_path: Path
) -> None:
    if not shutil.which("curl"):
        pytest.skip("curl is not installed")
    acme = platform.organisation("Samples")
    acme.list_from("Tonight's guests", csv_of(audience(2, first=9_900)))
    requests = "".join(code for code in samples(README, "sh") if "curl" in code)
    address = platform.stack.gateway_url
    script = STRICT + with_values(requests, address, acme.email, acme.password)
    bash = ["bash", "-c", script]
    done = subprocess.run(bash, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-2000:]}\n{done.stderr}"


def test_the_python_sample_verifies_webhooks(tmp_path: Path) -> None:
    file = tmp_path / "sample.py"
    file.write_text(verifying("python"), "utf-8")
    is_ours = runpy.run_path(str(file))["is_ours"]
    assert is_ours(SECRET, call(), BODY)
    assert is_ours(OLD_SECRET, call(), BODY)
    assert not is_ours(SECRET, call(), BODY + b" ")
    assert not is_ours(new_secret(), call(), BODY)
    assert not is_ours(SECRET, call(minutes_ago=6), BODY)


def test_the_typescript_sample_verifies_webhooks(tmp_path: Path) -> None:
    (tmp_path / "sample.mts").write_text(verifying("typescript"), "utf-8")
    (tmp_path / "main.mts").write_text(IN_NODE, "utf-8")
    body = BODY.decode()
    calls = [
        (SECRET, call(), body),
        (OLD_SECRET, call(), body),
        (SECRET, call(), f"{body} "),
        (SECRET, call(minutes_ago=6), body),
    ]
    command = [*RUN, "node", str(tmp_path / "main.mts"), json.dumps(calls)]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    assert json.loads(done.stdout) == [True, True, False, False]


@pytest.mark.parametrize(
    ("secret", "body", "answer"),
    [
        (SECRET, BODY, "ours"),
        (OLD_SECRET, BODY, "ours"),
        (SECRET, BODY + b" ", "not ours"),
        (new_secret(), BODY, "not ours"),
    ],
    ids=["the secret", "the secret before", "another body", "another secret"],
)
def test_the_shell_sample_verifies_webhooks(
    tmp_path: Path, secret: str, body: bytes, answer: str
) -> None:
    if not shutil.which("openssl"):
        pytest.skip("openssl is not installed")
    (tmp_path / "body").write_bytes(body)
    headers = call()
    given = {
        "SECRET": secret,
        "ID": headers["webhook-id"],
        "TIMESTAMP": headers["webhook-timestamp"],
        "SIGNATURE": headers["webhook-signature"],
    }
    sh = ["sh", "-c", verifying("sh")]
    done = subprocess.run(
        sh, cwd=tmp_path, env={**os.environ, **given}, stdout=subprocess.PIPE, check=True
    )
    assert done.stdout.decode() == f"{answer}\n"
