"""Write the NATS logins of ``servicekit.bus.logins`` in the format of nats-server.

`python -m deploy.bus_logins` writes the file `logins.conf` of the NATS server in Kubernetes and
Compose. A test checks that it is up to date. Passwords come from the server's environment.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

from servicekit.bus.logins import LOGINS

FILE = Path(__file__).resolve().parent / "k8s" / "components" / "in-cluster-servers" / "logins.conf"

OPERATOR = "operator"
"""The login that may do everything, for operators."""

NAMES = (*(login.name for login in LOGINS), OPERATOR)

_HEAD = """\
# Who may do what on the bus. Written by `python -m deploy.bus_logins`; a test compares.
# Each password is in a variable of the server's environment. It must contain a letter, because
# nats-server reads digits alone as a number.
"""


def password_setting(login: str) -> str:
    """Return the name of the environment variable with the password of a NATS login."""
    return f"{login.upper()}_BUS_PASSWORD"


def configuration() -> str:
    """Return the NATS logins as configuration of nats-server."""
    return "\n".join([_HEAD + "authorization {", "  users: [", *_users(), "  ]", "}", ""])


def _users() -> Iterator[str]:
    for login in LOGINS:
        yield f"    {{user: {login.name}, password: ${password_setting(login.name)}"
        yield "     permissions: {"
        yield from _allowed("publish", login.may_publish)
        yield from _allowed("subscribe", login.may_subscribe)
        yield "     }}"
    yield f"    {{user: {OPERATOR}, password: ${password_setting(OPERATOR)}}}"


def _allowed(kind: str, subjects: Sequence[str]) -> Iterator[str]:
    yield f"       {kind}: {{allow: ["
    yield from (f'         "{subject}"' for subject in subjects)
    yield "       ]}"


if __name__ == "__main__":
    FILE.write_text(configuration(), encoding="utf-8")
