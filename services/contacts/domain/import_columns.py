"""Map the columns of a file to fields, as the client says or as the header suggests."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from servicekit.errors import FieldError, InvalidInput
from services.contacts.domain.opt_headings import field_of
from services.contacts.domain.opt_words import OPTED_IN_FIELD, OPTED_OUT_FIELD
from services.contacts.domain.phone_headings import phone_column
from services.contacts.domain.word_lists import folded_words_of, joined, ranking_of, words_in

# Headings of each field, folded and without spaces and punctuation, the most likely first. The
# headings of Google Contacts, Outlook and common customer databases are included.
_SYNONYMS: Mapping[str, Sequence[str]] = {
    "firstName": ranking_of(
        """
        firstname first givenname fname forename forenames christianname given vorname prenom nombre
        nombres primernombre nome voornaam fornamn fornavn imie jmeno krestnijmeno meno etunimi
        keresztnev ime vardas eesnimi ονομα имя імя 名 adi isim שםפרטי الاسمالاول
        """
    ),
    "lastName": ranking_of(
        """
        lastname last surname familyname lname secondname nachname familienname zuname
        nomdefamille apellido apellidos cognome sobrenome apelido achternaam efternamn etternavn
        efternavn nazwisko prijmeni priezvisko sukunimi vezeteknev prezime pavarde perekonnanimi
        επωνυμο фамилия прізвище 姓 성 soyad soyadi soyisim שםמשפחה اسمالعائلة
        """
    ),
    "email": ranking_of(
        """
        email emailaddress mail primaryemail email1value email1 emailid workemail homeemail
        personalemail emailaddress1 emailadresse mailadresse adresseemail adressemail adresseemail
        courriel correoelectronico correo indirizzoemail emailadres epost eposta sahkoposti
        электроннаяпочта почта 邮箱 电子邮件 電子郵件 メール メールアドレス 이메일 البريدالالكتروني
        """
    ),
    "tags": ranking_of(
        """
        tags tag labels label groups group groupmembership segments categories kategorien etiquetas
        etiquettes gruppen schlagworter tagi метки 标签 タグ
        """
    ),
    "timeZone": ranking_of(
        """
        timezone timezonename tz ianatimezone zone zeitzone fuseauhoraire zonahoraria fusohorario
        fusoorario tijdzone tidszon tidssone часовойпояс 时区 タイムゾーン
        """
    ),
}
_WHOLE_NAMES = ranking_of(
    """
    name fullname displayname nom navn namn naam imieinazwisko 姓名 氏名 名前 お名前 이름 성명
    الاسم שם фио
    """
)
_LAST_NAME_BESIDE = {"name": "vorname", "nom": "prenom", "naam": "voornaam"}
"""Headings that mean last names if another column has first names."""
# Words before a heading that say whose data it is.
_OWNERS = folded_words_of(
    "attendee buyer person contact customer guest billing participant member client your subscriber"
)
_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]")
# Words after a heading: marks of forms, and of fields that were added to Salesforce.
_LAST_WORDS = frozenset({"required", "optional", "c"})
_OPT = frozenset({OPTED_OUT_FIELD, OPTED_IN_FIELD})


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
    """The index of each column with opt-outs, and the field that it holds."""


def suggest(headers: Sequence[str], samples: Sequence[Sequence[str]] = ()) -> dict[str, str]:
    """Suggest the field of each column that is recognised by its name.

    ``samples`` are some rows, which help if a heading is ambiguous.
    """
    mapping = _suggested_opt_outs(headers, samples)
    phone = phone_column(headers, samples)
    if phone is not None:
        mapping[phone] = "phone"
    plain = _plain(header for header in headers if mapping.get(header) != "phone")
    for field, synonyms in _SYNONYMS.items():
        header = _first(plain, synonyms)
        if header is not None:
            mapping[header] = field
    _suggest_whole_name(mapping, plain)
    return mapping


def _plain(headers: Iterable[str]) -> Mapping[str, str]:
    """Return the headings. The key is the form in which a heading is compared (see ``_forms``).

    If several headings have the same form, the first of them is returned. A whole heading takes
    precedence over a shortened one.
    """
    plain: dict[str, str] = {}
    forms = [(_forms(header), header) for header in headers]
    for turn in (0, 1):
        for compared, header in forms:
            plain.setdefault(compared[turn], header)
    return plain


def _forms(header: str) -> tuple[str, str]:
    """Return a heading in the two forms that are compared: whole and shortened.

    The shortened form lacks text in brackets, leading words that say whose data it is, and trailing
    words that add nothing.
    """
    words = words_in(_BRACKETS.sub(" ", header))
    while len(words) > 1 and words[0] in _OWNERS:
        words = words[1:]
    while len(words) > 1 and words[-1] in _LAST_WORDS:
        words = words[:-1]
    return joined(header), "".join(words)


def _first(plain: Mapping[str, str], synonyms: Iterable[str]) -> str | None:
    return next((plain[name] for name in synonyms if name in plain), None)


def _suggest_whole_name(mapping: dict[str, str], plain: Mapping[str, str]) -> None:
    """Use a column of full names for the first name, if no column has first names.

    Beside a column with first names, "Name" in German and "Nom" in French are last names.
    """
    header = _first(plain, _WHOLE_NAMES)
    fields = set(mapping.values())
    if header is None or header in mapping:
        return
    if "firstName" not in fields:
        mapping[header] = "firstName"
    elif "lastName" not in fields and _LAST_NAME_BESIDE.get(joined(header)) in plain:
        mapping[header] = "lastName"


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
        message = "has no column for `phone`; the first row must contain the column names"
        faults.append(FieldError("mapping", message))
    twice = sorted({field for field in fields if fields.count(field) > 1} - _OPT)
    faults += [FieldError("mapping", f"has two columns for `{field}`") for field in twice]
    return faults
