"""Which column of a file holds what: guessed from its header, or as the client says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from servicekit.errors import FieldError, InvalidInput

# What headers call each field, without case, spaces and punctuation; the likeliest first. With
# those that Google Contacts, Outlook and common customer databases write.
_SYNONYMS: Mapping[str, Sequence[str]] = {
    "phone": (
        *("phone", "phonenumber", "phoneno", "mobile", "mobilephone", "mobilenumber", "mobileno"),
        *("cell", "cellphone", "cellnumber", "cellphonenumber", "cellular", "sms", "smsnumber"),
        *("smsphonenumber", "msisdn", "telephone", "telephonenumber", "tel", "telno"),
        *("primaryphone", "phone1value", "phone1", "contactnumber", "contactphone", "whatsapp"),
        *("homephone", "workphone", "businessphone", "number"),
    ),
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
_PUNCTUATION = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands in a row, counted from 0; None where the file has none."""

    width: int
    phone: int
    first_name: int | None
    last_name: int | None
    email: int | None
    tags: int | None
    time_zone: int | None


def suggest(headers: Sequence[str]) -> dict[str, str]:
    """Field by column name for the columns whose names tell what they hold."""
    plain = {_PUNCTUATION.sub("", header.lower()): header for header in reversed(headers)}
    mapping = {}
    for field, synonyms in _SYNONYMS.items():
        header = next((plain[synonym] for synonym in synonyms if synonym in plain), None)
        if header is not None:
            mapping[header] = field
    return mapping


def resolve(headers: Sequence[str], mapping: Mapping[str, str]) -> Columns:
    """Where the fields stand by ``mapping``, or by the suggested one where that is empty.

    Raises ``InvalidInput`` where it names no column for the phone number, a column that the file
    does not have, or two columns for one field.
    """
    chosen = mapping or suggest(headers)
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
    )


def _faults(headers: Sequence[str], mapping: Mapping[str, str]) -> list[FieldError]:
    faults = [
        FieldError(f"mapping.{column}", "is not a column of the file")
        for column in mapping
        if column not in headers
    ]
    fields = list(mapping.values())
    if "phone" not in fields:
        message = "names no column for phone; the first row must hold the names of the columns"
        faults.append(FieldError("mapping", message))
    twice = sorted({field for field in fields if fields.count(field) > 1})
    faults += [FieldError("mapping", f"names two columns for {field}") for field in twice]
    return faults
