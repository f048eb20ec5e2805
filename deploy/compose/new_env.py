"""Make `.env` for `docker-compose.yml` from `.env.example`, with new secrets.

`python3 deploy/compose/new_env.py` needs only Python. An existing `.env` is not changed. With
`--add`, it gets the secrets that it does not have yet, as after a change to a newer release.
"""

import base64
import os
import secrets
import sys
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
if __name__ == "__main__":
    sys.path.insert(0, str(_ROOT))

from deploy.compose.ed25519 import public_key  # noqa: E402 (found by the line before)


def _key() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()


_PUBLIC_KEYS = "INTERNAL_PUBLIC_KEYS"
_HEX = secrets.token_hex


def _password() -> str:
    return f"b{_HEX()}"  # nats-server would read a password of digits alone as a number


# The providers' secrets have the format of real ones. The simulator accepts any value.
MAKERS: Mapping[str, Callable[[], str]] = {
    "INTERNAL_TOKEN_KEY": _key,
    "CAMPAIGNS_SIGNING_KEY": _key,
    "GATEWAY_SIGNING_KEY": _key,
    "MESSAGING_SIGNING_KEY": _key,
    "WEBHOOKS_SIGNING_KEY": _key,
    "KEYRING": lambda: f"first:{_key()}",
    "POSTGRES_PASSWORD": _HEX,
    "OWNER_DB_PASSWORD": _HEX,
    "BILLING_DB_PASSWORD": _HEX,
    "CAMPAIGNS_DB_PASSWORD": _HEX,
    "CONTACTS_DB_PASSWORD": _HEX,
    "GATEWAY_DB_PASSWORD": _HEX,
    "MESSAGING_DB_PASSWORD": _HEX,
    "WEBHOOKS_DB_PASSWORD": _HEX,
    "BILLING_BUS_PASSWORD": _password,
    "CAMPAIGNS_BUS_PASSWORD": _password,
    "CONTACTS_BUS_PASSWORD": _password,
    "DELIVERY_BUS_PASSWORD": _password,
    "GATEWAY_BUS_PASSWORD": _password,
    "MESSAGING_BUS_PASSWORD": _password,
    "OPERATOR_BUS_PASSWORD": _password,
    "SENDER_BUS_PASSWORD": _password,
    "STREAM_BUS_PASSWORD": _password,
    "WEBHOOKS_BUS_PASSWORD": _password,
    "TWILIO_ACCOUNT_SID": lambda: f"AC{_HEX(16)}",
    "TWILIO_AUTH_TOKEN": lambda: _HEX(16),
    "STRIPE_SECRET_KEY": lambda: f"sk_test_{_HEX(16)}",
    "STRIPE_WEBHOOK_SECRET": lambda: f"whsec_{_HEX(16)}",
    "POSTMARK_SERVER_TOKEN": lambda: str(uuid.uuid4()),
    "REDIS_PASSWORD": _HEX,
}


def filled(example: str) -> str:
    """Return `example` with a new secret for each empty secret, and nothing else changed."""
    made = {name: make() for name, make in MAKERS.items()}
    made[_PUBLIC_KEYS] = _public_keys(made)
    return "".join(_filled_line(line, made) for line in example.splitlines(keepends=True))


def write(example: Path, target: Path) -> None:
    """Write `example`, with new secrets, to `target` (mode 0600).

    Raises FileExistsError if `target` exists.
    """
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(filled(example.read_text(encoding="utf-8")))


def add_missing(target: Path) -> list[str]:
    """Append new values to `target` for the secrets that it does not name. Return their names."""
    lines = target.read_text(encoding="utf-8").splitlines()
    named = dict(line.split("=", 1) for line in lines if "=" in line)
    made = {name: make() for name, make in MAKERS.items() if name not in named}
    if _PUBLIC_KEYS not in named:
        made[_PUBLIC_KEYS] = _public_keys({**named, **made})
    with target.open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in made.items())
    return list(made)


def _filled_line(line: str, made: Mapping[str, str]) -> str:
    name, separator, value = line.rstrip("\n").partition("=")
    if separator and not value and name in made:
        return f"{name}={made[name]}\n"
    return line


def _public_keys(made: Mapping[str, str]) -> str:
    names = {
        name: name.removesuffix("_SIGNING_KEY").lower() for name in made if "_SIGNING_" in name
    }
    keys = {names[name]: public_key(base64.b64decode(made[name])) for name in names}
    return ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in keys.items())


def main(arguments: list[str]) -> None:
    """Write a new `.env`, or add what an existing one does not have."""
    if arguments == ["--add"]:
        added = add_missing(_ROOT / ".env")
        print(f"Added to .env: {', '.join(added) or 'nothing'}.")
        return
    try:
        write(_ROOT / ".env.example", _ROOT / ".env")
    except FileExistsError:
        sys.exit(".env already exists and was not changed.")
    print("Wrote .env with new secrets.")


if __name__ == "__main__":
    main(sys.argv[1:])
