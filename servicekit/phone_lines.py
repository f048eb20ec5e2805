"""Convert phone numbers that can be written in two ways to one standard form.

A carrier may report the sender of a text in another form than the one in which we texted the
number. If we took the two forms for different numbers, a STOP would be recorded for the wrong
number, and the person who sent it would be texted again.

Each rule comes from a country's numbering plan and is certain: the two forms never reach two
different phones.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class _Rule:
    """A rule that converts other forms of a phone number to its standard form, and back.

    All forms are E.164. ``unmistakable``: other forms that can't be confused with a standard number
    that lacks a digit. ``needs_proof``: the rule applies only if the library knows the result as a
    mobile number.
    """

    other: re.Pattern[str]
    one: Callable[[re.Match[str]], str]
    line: re.Pattern[str]
    others: Sequence[str]
    unmistakable: re.Pattern[str] | None = None
    needs_proof: bool = False


_RULES = (
    # Mexico: no 1 for mobiles, and no 044, 045 or 01, since 2019-08-03 (IFT, Plan Técnico
    # Fundamental de Numeración). National numbers have ten digits and don't begin with 0 or 1.
    _Rule(
        re.compile(r"\+52(?:1|01|044|045)([2-9][0-9]{9})"),
        lambda found: f"+52{found[1]}",
        re.compile(r"\+52([2-9][0-9]{9})"),
        ("+521{0}",),
    ),
    # Argentina: 9 before the area code says that the line is a mobile; blocks of numbers are given
    # either to mobiles or to landlines (ENACOM, Plan Fundamental de Numeración Nacional), so a
    # number with 9 and the one without it are never two lines. Only mobiles send and receive texts.
    _Rule(
        re.compile(r"\+54([1-8][0-9]{9})"),
        lambda found: f"+549{found[1]}",
        re.compile(r"\+549([1-8][0-9]{9})"),
        ("+54{0}",),
        needs_proof=True,
    ),
    # Brazil: mobiles got a ninth digit, a 9 in front, in all areas by 2016-11-06 (Anatel,
    # Resolução 553/2010). Eight digits that begin with 2 to 5 are landlines, with 7 trunked radio.
    _Rule(
        re.compile(r"\+55([1-9][1-9])([689][0-9]{7})"),
        lambda found: f"+55{found[1]}9{found[2]}",
        re.compile(r"\+55([1-9][1-9])9([689][0-9]{7})"),
        ("+55{0}{1}",),
        unmistakable=re.compile(r"\+55..[68].*"),
    ),
    # Benin: all numbers got 01 in front on 2024-11-30 (ARCEP Benin).
    _Rule(
        re.compile(r"\+229([2-9][0-9]{7})"),
        lambda found: f"+22901{found[1]}",
        re.compile(r"\+22901([2-9][0-9]{7})"),
        ("+229{0}",),
    ),
    # Ivory Coast: mobiles got two digits in front on 2021-01-31, by the operator that the second
    # digit stood for: 01 Moov, 05 MTN, 07 Orange (ARTCI).
    _Rule(
        re.compile(r"\+225([014-9])([0-9])([0-9]{6})"),
        lambda found: f"+2250{'1111555777'[int(found[2])]}{found[1]}{found[2]}{found[3]}",
        re.compile(r"\+2250[157]([014-9][0-9]{7})"),
        ("+225{0}",),
        unmistakable=re.compile(r"\+225(?!0[157]).*"),
    ),
)
ANY_FORM, UNMISTAKABLE = True, False
CODES = frozenset({52, 54, 55, 225, 229})
"""Calling codes of the countries whose phone numbers can be written in two ways."""
_COUNTRIES = tuple(f"+{code}" for code in CODES)


def standard_form(e164: str, is_mobile: Callable[[str], bool], accepted: bool) -> str:
    """Return the standard form of the number ``e164``.

    ``is_mobile`` tells whether the library knows an E.164 number as a mobile's. ``accepted`` says
    which other forms are converted. ``ANY_FORM``, for numbers from carriers: all of them.
    ``UNMISTAKABLE``, for numbers that people typed: only forms that can't be confused with a
    standard number that lacks a digit.
    """
    if not e164.startswith(_COUNTRIES):
        return e164
    for rule in _RULES:
        found = rule.other.fullmatch(e164)
        if found and (accepted or not rule.unmistakable or rule.unmistakable.fullmatch(e164)):
            one = rule.one(found)
            return one if not rule.needs_proof or is_mobile(one) else e164
    return e164


def other_forms(e164: str) -> tuple[str, ...]:
    """Return the other E.164 forms of a number that carriers and old rows may use.

    ``e164`` is the standard form.
    """
    if e164.startswith(_COUNTRIES):
        for rule in _RULES:
            found = rule.line.fullmatch(e164)
            if found:
                return tuple(other.format(*found.groups()) for other in rule.others)
    return ()
