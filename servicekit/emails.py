"""Email addresses, with domains in any script (IDNA, RFC 5891).

An address is stored as people write it: ``info@müller.example``. Mail servers want the domain in
ASCII, which :func:`ascii_email` returns.
"""

import re

import idna

MAX_EMAIL_LENGTH = 254
"""Maximum characters of an email address with its domain in ASCII (RFC 5321)."""

_LABEL = "[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*"
_LOCAL = r"[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+"
# The rule of HTML's input of type email.
_ASCII = re.compile(rf"{_LOCAL}@{_DOMAIN}")
_INTERNATIONAL = re.compile(rf"(?P<local>{_LOCAL})@(?P<domain>[^@\s]+)")


class InvalidEmail(ValueError):
    """The text is not an email address. ``message`` is a sentence for the user."""

    message = "This is not an email address."


def normalise_email(text: str) -> str:
    """Return an email address in the form in which it is stored.

    An international domain is composed (NFC) and in lower case. An address in ASCII is returned
    unchanged.

    Raises:
        InvalidEmail: ``text`` is not an email address.
    """
    if text.isascii():
        if len(text) > MAX_EMAIL_LENGTH or _ASCII.fullmatch(text) is None:
            raise InvalidEmail
        return text
    local, domain = _parts(text)
    return f"{local}@{idna.decode(domain)}"


def ascii_email(address: str) -> str:
    """Return a valid email address with its domain in ASCII. Raises ``InvalidEmail``."""
    return address if address.isascii() else "@".join(_parts(address))


def _parts(text: str) -> tuple[str, str]:
    """Return the part of an email address before the @, and the domain in ASCII."""
    found = _INTERNATIONAL.fullmatch(text)
    if found is None:
        raise InvalidEmail
    try:
        domain = idna.encode(found["domain"], uts46=True, std3_rules=True).decode()
        idna.decode(domain)
    except idna.IDNAError:
        raise InvalidEmail from None
    local = found["local"]
    if len(local) + len(domain) >= MAX_EMAIL_LENGTH:
        raise InvalidEmail
    return local, domain
