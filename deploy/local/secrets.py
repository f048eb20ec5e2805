"""The secrets of one local platform. They are generated once and kept in the state folder."""

import base64
import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy import bus_logins
from deploy.local.state import write_json
from servicekit.service_keys import CALLERS, new_private_key

_KEY_BYTES = 32
_RSA_BITS = 3072


@dataclass(frozen=True, slots=True)
class Secrets:
    """All secrets of a platform. Its credentials for providers work only at the simulator."""

    internal_token_key: str
    signing_keys: dict[str, str]
    keyring: str
    superuser_password: str
    owner_password: str
    database_passwords: dict[str, str]
    bus_passwords: dict[str, str]
    twilio_account_sid: str
    twilio_auth_token: str
    stripe_secret_key: str
    stripe_webhook_secret: str
    postmark_server_token: str
    demo_password: str


def load_secrets(file: Path, services: Sequence[str]) -> Secrets:
    """Return the secrets in `file` (mode 0600), and generate the missing ones.

    Each of `services` gets a database password.
    """
    stored = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    generated = asdict(_generate(services))
    complete = {name: stored.get(name, value) for name, value in generated.items()}
    for kind in ("database_passwords", "bus_passwords", "signing_keys"):
        complete[kind] = {**generated[kind], **stored.get(kind, {})}
    if complete != stored:
        write_json(file, complete)
    return Secrets(**complete)


def ensure_jwt_key(folder: Path) -> None:
    """Create a private key for access tokens (PEM, mode 0600) in `folder`, if there is none."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(folder.glob("*.pem")):
        return
    key = rsa.generate_private_key(public_exponent=65_537, key_size=_RSA_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    unfinished = folder / "unfinished"
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(pem)
    unfinished.rename(folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S}.pem")


def _generate(services: Sequence[str]) -> Secrets:
    return Secrets(
        internal_token_key=_key(),
        signing_keys={service: new_private_key() for service in CALLERS},
        keyring=f"local-1:{_key()}",
        superuser_password=secrets.token_hex(16),
        owner_password=secrets.token_hex(16),
        database_passwords={service: secrets.token_hex(16) for service in services},
        bus_passwords={login: f"b{secrets.token_hex(16)}" for login in bus_logins.NAMES},
        twilio_account_sid=f"AC{secrets.token_hex(16)}",
        twilio_auth_token=secrets.token_hex(16),
        stripe_secret_key=f"sk_test_{secrets.token_hex(16)}",
        stripe_webhook_secret=f"whsec_{secrets.token_hex(16)}",
        postmark_server_token=secrets.token_hex(16),
        demo_password=f"demo-{secrets.token_hex(6)}",
    )


def _key() -> str:
    return base64.b64encode(os.urandom(_KEY_BYTES)).decode()
