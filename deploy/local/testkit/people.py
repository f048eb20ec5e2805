"""Invent people. Their CSV file has bad and repeated rows and opt-outs, like real files."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

_HEADER = ("First Name", "Last Name", "Mobile", "E-mail", "Tags")
_AREA_CODES = ("212", "646", "718", "303", "312", "206", "617", "305", "512", "702")
_FIRST_NAMES = (
    "Ada",
    "Grace",
    "Alan",
    "Zoë",
    "Edsger",
    "José",
    "Barbara",
    "李娜",
    "Linus",
    "Мария",
)
_LAST_NAMES = ("Lovelace", "Hopper", "Turing", "Nguyễn", "Dijkstra", "García", "Liskov", "王")
_TAGS = ("guest", "guest;speaker", "", "press")

# In the simulator, these digits of the phone number decide how a text ends (see its README).
_ENDS = {
    "0001": "failed",
    "3003": "undelivered",
    "3006": "undelivered",
    "3004": "undelivered",
    "0036": "failed",
    "3005": "undelivered",
    "3007": "undelivered",
    "3008": "undelivered",
    "0022": "undelivered",
    "0034": "undelivered",
}
_FATEFUL_EXCHANGES = ("555", "556")
_NO_RECEIPT_EXCHANGE = "557"

_FOREIGN_PREFIX = "+4915112"
_TRAVELLERS_PREFIX = "+1415600"
_BAD_NUMBERS = ("", "n/a", "12345", "call me", "+1 212 600", "+999 123 456 789")

# Shares of the rows. The other rows are people who get their text.
_BAD = 0.02
_REPEATED = 0.02
_OPTED_OUT = 0.0125
_FATEFUL = 0.03
_NO_RECEIPT = 0.005
_FOREIGN = 0.01


@dataclass(frozen=True, slots=True)
class Person:
    """A person with a phone number."""

    first_name: str
    last_name: str
    phone: str
    tags: str = ""


@dataclass(frozen=True, slots=True)
class Audience:
    """People, the file that lists them, and the expected outcome of their texts.

    `opted_out` are the people who text STOP before anything is sent. `bad_rows` and `repeated_rows`
    count the rows of the file that make no contact. `ends` has each number to which no text is
    delivered, with the final status of its texts.
    """

    file: bytes
    people: Sequence[Person]
    opted_out: Sequence[str]
    bad_rows: int
    repeated_rows: int
    ends: Mapping[str, str]

    @property
    def reachable(self) -> Sequence[Person]:
        """The people who may be texted."""
        silent = set(self.opted_out)
        return [person for person in self.people if person.phone not in silent]


def make_audience(rows: int) -> Audience:
    """Invent an audience whose file has `rows` rows. It is the same audience every time."""
    bad, repeated = round(rows * _BAD), round(rows * _REPEATED)
    ends = _fateful_numbers(round(rows * _FATEFUL), round(rows * _NO_RECEIPT))
    foreign = [f"{_FOREIGN_PREFIX}{number:06}" for number in range(round(rows * _FOREIGN))]
    ordinary = rows - bad - repeated - len(ends) - len(foreign)
    numbers = [*_ordinary_numbers(ordinary), *foreign, *ends]
    people = [_person(number, phone) for number, phone in enumerate(numbers)]
    again = people[:: max(1, ordinary // max(1, repeated))][:repeated]
    lines = [
        *(_row(person, number) for number, person in enumerate(people)),
        *(_row(person, number + 1) for number, person in enumerate(again)),
        *(_bad_row(number) for number in range(bad)),
    ]
    return Audience(
        file=file_of([_HEADER, *lines]),
        people=people,
        opted_out=[person.phone for person in people[: round(rows * _OPTED_OUT)]],
        bad_rows=bad,
        repeated_rows=len(again),
        ends=ends,
    )


def travellers(count: int, time_zone: str) -> tuple[bytes, Sequence[str]]:
    """Return a CSV file of `count` other people in this time zone, and their phone numbers."""
    phones = [f"{_TRAVELLERS_PREFIX}{number:04}" for number in range(count)]
    rows = [(_FIRST_NAMES[n % len(_FIRST_NAMES)], p, time_zone) for n, p in enumerate(phones)]
    return file_of([("First Name", "Mobile", "Time zone"), *rows]), phones


def file_of(rows: Iterable[Sequence[str]]) -> bytes:
    """Return a CSV file with these rows, of which the first contains the headings."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _ordinary_numbers(count: int) -> list[str]:
    # The simulator delivers texts to exchanges from 600 on.
    return [f"+1{_AREA_CODES[n % len(_AREA_CODES)]}{6_000_000 + n * 37}" for n in range(count)]


def _fateful_numbers(count: int, without_receipt: int) -> dict[str, str]:
    """Return phone numbers at which texts fail, each with the final status of its texts."""
    kinds = product(_FATEFUL_EXCHANGES, _AREA_CODES, _ENDS.items())
    ends = {f"+1{area}{exchange}{line}": end for exchange, area, (line, end) in kinds}
    chosen = dict(list(ends.items())[:count])
    silent = {f"+1212{_NO_RECEIPT_EXCHANGE}{line:04}": "sent" for line in range(without_receipt)}
    return chosen | silent


def _person(number: int, phone: str) -> Person:
    return Person(
        first_name=_FIRST_NAMES[number % len(_FIRST_NAMES)],
        last_name=_LAST_NAMES[number % len(_LAST_NAMES)],
        phone=phone,
        tags=_TAGS[number % len(_TAGS)],
    )


def _row(person: Person, notation: int) -> tuple[str, ...]:
    mail = f"guest-{person.phone[1:]}@example.com" if notation % 3 else ""
    phone = _written(person.phone, notation)
    return (person.first_name, person.last_name, phone, mail, person.tags)


def _written(phone: str, notation: int) -> str:
    """Write a phone number in one of the ways in which people write it, chosen by `notation`."""
    if not phone.startswith("+1"):
        return phone if notation % 2 else f"{phone[:3]} {phone[3:6]} {phone[6:]}"
    area, exchange, line = phone[2:5], phone[5:8], phone[8:]
    return (
        phone,
        f"({area}) {exchange}-{line}",
        f"{area}-{exchange}-{line}",
        f"1 {area} {exchange} {line}",
        f"+1.{area}.{exchange}.{line}",
    )[notation % 5]


def _bad_row(number: int) -> tuple[str, ...]:
    if number % 7 == 0:
        return ("Nobody", "Reached", f"+1 212 699 {number:04}, or at work", "", "")
    return ("Nobody", "Reached", _BAD_NUMBERS[number % len(_BAD_NUMBERS)], "", "")
