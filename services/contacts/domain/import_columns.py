"""Map the columns of a file to fields, as the client says or as the header suggests."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from servicekit.errors import FieldError, InvalidInput
from services.contacts.domain.opt_headings import field_of
from services.contacts.domain.opt_words import OPTED_IN_FIELD, OPTED_OUT_FIELD
from services.contacts.domain.phone_headings import phone_column

# Headings of each field, in lower case and without spaces and punctuation, the most likely first.
# The headings of Google Contacts, Outlook and common customer databases are included.
_SYNONYMS: Mapping[str, Sequence[str]] = {
    "firstName": (
        *("firstname", "first", "givenname", "fname", "forename", "christianname"),
        *("contactfirstname", "name", "fullname"),
    ),
    "lastName": (
        *("lastname", "last", "surname", "familyname", "lname", "secondname"),
        "contactlastname",
    ),
    "email": (
        *("email", "emailaddress", "mail", "primaryemail", "email1value", "email1"),
        *("contactemail", "emailid", "workemail", "homeemail", "personalemail"),
    ),
    "tags": (*("tags", "tag", "labels", "label", "groups", "group"), "groupmembership", "segments"),
    "timeZone": ("timezone", "timezonename", "tz", "ianatimezone", "zone"),
}
_OPT = frozenset({OPTED_OUT_FIELD, OPTED_IN_FIELD})
_PUNCTUATION = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """The column index of each field, from 0, or None if the file doesn't have it."""

    width: int
    phone: int
    first_name: int | None
    last_name: int | None
    email: int | None
    tags: int | None
    time_zone: int | None
    opt_outs: tuple[tuple[int, str], ...] = ()
    """The columns that hold opt-outs, each with its field."""


def suggest(headers: Sequence[str], samples: Sequence[Sequence[str]] = ()) -> dict[str, str]:
    """Suggest the field of each column that is recognised by its name.

    ``samples`` are some rows, which help if a heading is ambiguous.
    """
    plain = {_PUNCTUATION.sub("", header.lower()): header for header in reversed(headers)}
    mapping = _suggested_opt_outs(headers, samples)
    phone = phone_column(headers, samples)
    if phone is not None:
        mapping[phone] = "phone"
    for field, synonyms in _SYNONYMS.items():
        header = next((plain[synonym] for synonym in synonyms if synonym in plain), None)
        if header is not None:
            mapping[header] = field
    return mapping


def resolve(
    headers: Sequence[str],
    mapping: Mapping[str, str],
    samples: Sequence[Sequence[str]] = (),
) -> Columns:
    """Return the columns of ``mapping``, or of the suggested mapping if ``mapping`` is empty.

    Several columns may hold opt-outs.

    Raises:
        InvalidInput: there is no column for the phone number, a column isn't in the file, or a
            field has two columns.
    """
    chosen = mapping or suggest(headers, samples)
    faults = _faults(headers, chosen)
    if faults:
        raise InvalidInput(faults)
    by_field = {field: headers.index(column) for column, field in chosen.items()}
    return Columns(
        width=len(headers),
        phone=by_field["phone"],
        first_name=by_field.get("firstName"),
        last_name=by_field.get("lastName"),
        email=by_field.get("email"),
        tags=by_field.get("tags"),
        time_zone=by_field.get("timeZone"),
        opt_outs=tuple(
            (headers.index(column), field) for column, field in chosen.items() if field in _OPT
        ),
    )


def _suggested_opt_outs(headers: Sequence[str], samples: Sequence[Sequence[str]]) -> dict[str, str]:
    found = {}
    for column, header in enumerate(headers):
        field = field_of(header, (row[column] for row in samples if column < len(row)))
        if field:
            found[header] = field
    return found


def _faults(headers: Sequence[str], mapping: Mapping[str, str]) -> list[FieldError]:
    faults = [
        FieldError(f"mapping.{column}", "is not a column of the file")
        for column in mapping
        if column not in headers
    ]
    fields = list(mapping.values())
    if "phone" not in fields:
        message = "has no column for phone; the first row must contain the column names"
        faults.append(FieldError("mapping", message))
    twice = sorted({field for field in fields if fields.count(field) > 1} - _OPT)
    faults += [FieldError("mapping", f"has two columns for {field}") for field in twice]
    return faults
