"""Find the column with the phone numbers to text. Of several columns, prefer mobile numbers."""

import re
import unicodedata
from collections.abc import Mapping, Sequence

from services.contacts.domain.word_lists import words_of

_PUNCTUATION = re.compile(r"[\W_]+")
_MOBILE = words_of(
    """
    mobile mobiles cell cellphone cellular handy handynummer mobil mobilnummer mobiltelefon
    movil celular portable cellulare telemovel telemobile gsm mobiel mobilni komorka komorkowy
    sms text iphone smartphone matkapuhelin
    """
)
_PHONE = words_of(
    """
    phone phones telephone tel tele telefon telefono telefone telefoon telefonnummer rufnummer
    puhelin msisdn whatsapp number numbers no nr num numero nummer numer puhelinnumero e164
    """
)
_FILLERS = words_of(
    """
    primary main preferred contact customer member my value the of 1
    """
)
_LANDLINES = words_of(
    """
    home work business office company other landline private 2 3 4 5 secondary second
    """
)
_ALONE = words_of(
    """
    no nr num number numbers numero nummer numer text
    """
)
_KNOWN = _MOBILE | _PHONE | _FILLERS | _LANDLINES
_VALUE = re.compile(r"phone(\d+)value")
# The kinds of columns, the preferred one first.
_MOBILES, _PHONES, _OTHERS = range(3)


def phone_column(headers: Sequence[str], samples: Sequence[Sequence[str]]) -> str | None:
    """Return the heading of the column that most likely holds the number to text, if any.

    ``samples`` are some rows. Some address books have columns such as "Phone 1 - Value", and the
    type of each phone number, such as "Mobile", in another column.
    """
    labelled = _labelled_mobile(headers, samples)
    if labelled:
        return labelled
    ranked = [(rank, i) for i, header in enumerate(headers) if (rank := _rank(header)) is not None]
    return headers[min(ranked)[1]] if ranked else None


def _rank(header: str) -> int | None:
    written = _PUNCTUATION.sub(" ", _bare(header)).split()
    if written in (["number"], ["contact", "number"], ["contactnumber"]):
        return _OTHERS
    words = {part for word in written for part in _parts(word)}
    if not words <= _KNOWN or not words & (_MOBILE | _PHONE) - _ALONE:
        return None
    if words & _MOBILE:
        return _MOBILES
    return _OTHERS if words & _LANDLINES else _PHONES


def _parts(word: str) -> Sequence[str]:
    """Split a compound word such as "mobilephonenumber"."""
    if word in _KNOWN:
        return [word]
    for end in range(len(word) - 1, 1, -1):
        if word[:end] in _KNOWN:
            rest = _parts(word[end:])
            if set(rest) <= _KNOWN:
                return [word[:end], *rest]
    return [word]


def _labelled_mobile(headers: Sequence[str], samples: Sequence[Sequence[str]]) -> str | None:
    columns = {_PUNCTUATION.sub("", _bare(header)): i for i, header in enumerate(headers)}
    mobiles: Mapping[int, int] = {
        columns[name]: _mobiles(columns[label], samples)
        for name in columns
        if (match := _VALUE.fullmatch(name)) and (label := f"phone{match[1]}label") in columns
    }
    best = max(mobiles, key=lambda column: (mobiles[column], -column), default=None)
    return headers[best] if best is not None and mobiles[best] else None


def _mobiles(column: int, samples: Sequence[Sequence[str]]) -> int:
    """Count the rows whose label in ``column`` means a mobile number."""
    labels = [_PUNCTUATION.sub(" ", _bare(row[column])) for row in samples if column < len(row)]
    return sum(1 for label in labels if set(label.split()) & _MOBILE)


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
