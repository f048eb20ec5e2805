"""Find the column with the phone numbers to text. Of several columns, prefer mobile numbers."""

import re
from collections.abc import Mapping, Sequence

from services.contacts.domain.word_lists import folded_words_of, joined, words_in

_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]|\b(?:w/|with\b|incl)[^()]*$")
_MOBILE = folded_words_of(
    """
    mobile mobiles mobil mob cell cellphone cellular handy handynummer handynr mobilnummer
    mobiltelefon movil moviles celular celulares portable cellulare telemovel telemobile gsm mobiel
    mobilni komorka komorkowy komorkowego cep hp ponsel sms text iphone smartphone matkapuhelin
    κινητο мобильный мобільний сотовый 手机 手机号 手机号码 手機 手機號碼 行動電話 携帯 携帯電話
    携帯番号 携帯電話番号 휴대폰 휴대전화 핸드폰 휴대폰번호 جوال الجوال موبايل المحمول נייד
    มือถือ เบอร์มือถือ
    """
)
_PHONE = folded_words_of(
    """
    phone phones telephone tel telf tlf tele telefon telefono telefone telefoon telefonnummer
    telefonnr telefonu telefonni telefonszam rufnummer puhelin puhelinnumero telepon fon ph msisdn
    whatsapp number numbers no nr num numero nummer numer e164 τηλεφωνο телефон телефона тел номер
    电话 電話 电话号码 電話號碼 電話番号 号码 番号 전화 전화번호 번호 هاتف الهاتف رقم טלפון מספר
    เบอร์โทร เบอร์โทรศัพท์ โทรศัพท์ thoai dien so szam cislo numarasi nomor
    """
)
_FILLERS = folded_words_of(
    """
    primary main preferred best contact customer client member guest attendee participant person
    buyer lead subscriber my your value the of de di da do del du des der full c n 1
    """
)
_LANDLINES = folded_words_of(
    """
    home work business office company other landline private privat geschaftlich daytime day evening
    billing shipping default address or 2 3 4 5 secondary second
    """
)
_ALONE = folded_words_of(
    """
    no nr num number numbers numero nummer numer text номер 号码 番号 번호 رقم מספר so szam cislo
    numarasi nomor dien thoai e164
    """
)
# Words in brackets that change what a column holds.
_NO_NUMBER = folded_words_of(
    """
    fax pager type label carrier provider opt verified
    """
)
_COUNT = re.compile(r"(?:number|no|count|total|#) of ")
_KNOWN = _MOBILE | _PHONE | _FILLERS | _LANDLINES
_VIETNAMESE = folded_words_of("dien thoai")
_VALUE = re.compile(r"phone(\d+)value")
_LABELS = ("label", "type")
_FEWEST_DIGITS = 6
# The kinds of columns, the preferred one first.
_MOBILES, _PHONES, _OTHERS = range(3)


def phone_column(headers: Sequence[str], samples: Sequence[Sequence[str]]) -> str | None:
    """Return the heading of the column that most likely holds the phone numbers to text, or None.

    ``samples`` are some rows. Some address books have columns such as "Phone 1 - Value", and the
    type of each phone number, such as "Mobile", in another column.
    """
    labelled = _labelled_mobile(headers, samples)
    if labelled:
        return labelled
    ranked = [
        (_has_other_cells(i, samples), rank, i)
        for i, header in enumerate(headers)
        if (rank := _rank(header)) is not None
    ]
    return headers[min(ranked)[2]] if ranked else None


def _has_other_cells(column: int, samples: Sequence[Sequence[str]]) -> bool:
    """Return whether a column has cells but no phone numbers, such as "SMS" with yes and no."""
    cells = [row[column] for row in samples if column < len(row) and row[column].strip()]
    return bool(cells) and not any(sum(map(str.isdigit, cell)) >= _FEWEST_DIGITS for cell in cells)


def _rank(header: str) -> int | None:
    text = header.strip().lower()
    if _COUNT.match(text):  # "Number of phones"
        return None
    written = words_in(_BRACKETS.sub(" ", text))
    inside = [word for part in _BRACKETS.findall(text) for word in words_in(part)]
    if _NO_NUMBER.intersection(inside):
        return None
    # What brackets explain, such as "(with country code)", is ignored.
    written += inside if not written else [word for word in inside if word in _KNOWN]
    if written in (["number"], ["contact", "number"], ["contact", "no"], ["contactnumber"]):
        return _OTHERS
    words = {part for word in written for part in _parts(word)}
    named = words & (_MOBILE | _PHONE) - _ALONE or words >= _VIETNAMESE
    if not words <= _KNOWN or not named:
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
    columns = {joined(header): i for i, header in enumerate(headers)}
    mobiles: Mapping[int, int] = {
        columns[name]: _mobiles(columns[f"phone{match[1]}{label}"], samples)
        for name in columns
        for label in _LABELS
        if (match := _VALUE.fullmatch(name)) and f"phone{match[1]}{label}" in columns
    }
    best = max(mobiles, key=lambda column: (mobiles[column], -column), default=None)
    return headers[best] if best is not None and mobiles[best] else None


def _mobiles(column: int, samples: Sequence[Sequence[str]]) -> int:
    """Count the rows in which the label in ``column`` says that a phone number is a mobile's."""
    labels = [words_in(row[column]) for row in samples if column < len(row)]
    return sum(1 for label in labels if _MOBILE.intersection(label))
