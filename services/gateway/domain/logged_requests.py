"""The request log: which data of a request are stored, and which are not.

Texts, phone numbers, names and secrets are never kept. So no values of a request are kept, only the
names of its fields and the ids in its path.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Z]{2}[0-9a-f]{32}")
# Keys that are random, in which digits are no phone number.
_RANDOM = re.compile(r"(?i)[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
_NAMING = frozenset({"list_in_use", "template_in_use"})
"""The codes of problems whose details say names that users have given."""
_MAY_BE_A_PHONE = re.compile(r"\+?\d(?:[\s().-]?\d){6,}")
_PARAMETER = re.compile(r"\{(\w+)\}")
_HIDDEN = "…"
MOST_NAMES = 40
_LONGEST_NAME = 200
_LONGEST_DETAIL = 500


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """A request of an organisation, and how it was answered. ``id`` has the time of its arrival.

    Attributes:
        request_id: The id in X-Request-Id, which a client may give to several requests.
        api_key_id: The key that was used. None for a signed-in user.
        user_id: The user who was signed in, or for whom the key acts.
        route: The path of the contract, such as ``/api/messages/{id}``.
        path: The same with its ids.
        code: The code of the problem, if there was one.
        detail: The message of the problem, if there was one.
        faults: The fields of the request that were at fault.
        fields: The fields that the request had.
        replayed: Whether the response was stored under the idempotency key before.
        request_bytes: The size of the request's body. None if it is not known.
        response_bytes: The size of the response's body. None for a download.
    """

    id: UUID
    org_id: UUID
    request_id: str
    api_key_id: UUID | None
    user_id: UUID
    method: str
    route: str
    path: str
    status: int
    code: str | None
    detail: str | None
    faults: Sequence[str]
    fields: Sequence[str]
    duration_ms: int
    address: str
    idempotency_key: str | None
    replayed: bool
    request_bytes: int | None
    response_bytes: int | None


def kept_path(route: str, values: Mapping[str, str]) -> str:
    """Return the path of a request.

    A value that is not an id is replaced by its variable in the route, such as ``{code}``.
    """

    def value(parameter: re.Match[str]) -> str:
        given = values.get(parameter[1], "")
        return given if _ID.fullmatch(given) else parameter[0]

    return _PARAMETER.sub(value, route)


def kept_detail(detail: str) -> str:
    """Return the detail of a problem, without numbers that can be phone numbers."""
    return _without_phones(detail)[:_LONGEST_DETAIL]


def kept_key(key: str) -> str:
    """Return an idempotency key, without numbers that can be phone numbers."""
    return key if _RANDOM.fullmatch(key) else _without_phones(key)


def kept_faults(fields: Iterable[str]) -> Sequence[str]:
    """Return the names of fields at fault, without numbers that can be phone numbers.

    A name can contain the key of a map, which the customer chooses.
    """
    names = dict.fromkeys(_without_phones(name)[:_LONGEST_NAME] for name in fields)
    return list(names)[:MOST_NAMES]


def _without_phones(text: str) -> str:
    """Return `text` without phone numbers, and without NUL, which the database refuses."""
    return _MAY_BE_A_PHONE.sub(_HIDDEN, text).replace("\0", _HIDDEN)


def problem_of(document: Mapping[str, Any]) -> tuple[str | None, str | None, Sequence[str]]:
    """Return the code, the detail and the fields at fault of a problem document.

    An empty document has none of them.
    """
    errors = document.get("errors") or []
    faults = kept_faults(str(error.get("field", "")) for error in errors)
    code = document.get("code")
    detail = None if errors or code in _NAMING else document.get("detail")
    return code, kept_detail(detail) if detail else None, faults
