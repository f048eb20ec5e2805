"""Find out whether a message asks for no more messages. The words are in the JSON file beside it.

Source: 47 CFR 64.1200(a)(10): consent can be revoked in any reasonable manner. STOP, QUIT, END,
REVOKE, OPT OUT, CANCEL and UNSUBSCRIBE are always reasonable; other words count if a reasonable
person would understand them as an opt-out.

The keys of a language:

- `words`: opt out if the whole text, or a line of it, is one of them. Polite words around it are
  ignored.
- `weak`: like `words`, but for the whole text only, because they have other meanings in a sentence.
- `phrases`: opt out in any sentence that is not a question and doesn't negate them. `$` stands for
  the end of a clause.
- `doubtful`, and single `words` inside a sentence: a person has to decide.
- `friends`: look like the above but mean something else. They are removed first.
- `negations`: words that reverse the meaning of a phrase after them.
- `unspaced`: whether the language puts no spaces between words.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from services.messaging.inbox.domain.words import words_of

_DATA = Path(__file__).with_suffix(".json")

# Phones send a reaction as: Liked "Reply STOP to end". Other passages can be quoted too.
_REACTION = re.compile(
    r"\s*[^\W\d_][^\"\u201c\u00ab\u201e]{0,40}[\"\u201c\u00ab\u201e].{12,}", re.S
)
_QUOTED = re.compile(r"[\"\u201c\u00ab\u201e]([^\"\u201d\u00bb]+)[\"\u201d\u00bb]?", re.S)
_QUOTED_LINE = re.compile(r"^\s*>.*$", re.M)
_MOST_QUOTED_WORDS = 3
_MAIL_SIGNATURE = re.compile(
    r"\b(?:sent|envoy\u00e9|enviado|gesendet) (?:from|de|desde|von) .*", re.I | re.S
)
_SENTENCE_END = re.compile(r"([.!?;\u3002\uff01\uff1f\u061f]+|\n+)")
_CLAUSE_END = re.compile(r"[,:()\u3001\uff0c]|\s[-\u2013\u2014]\s")
_SIGNED = re.compile(r"([^-\u2013\u2014~/|,.!]{1,40})[-\u2013\u2014~/|,.!]+\s*([^\n]{1,60})")
_MOST_NAMES = 4
_MOST_READ = 1_600
"""Maximum characters of a message that are examined. Twilio's messages have no more."""
_NEGATION_REACH = 4


class OptOut(Enum):
    """How certain it is that a message is an opt-out."""

    CERTAIN = "certain"
    DOUBTFUL = "doubtful"
    """The message may be an opt-out. A person has to decide."""


def find_opt_out(body: str) -> OptOut | None:
    """Return how certain it is that `body` is an opt-out, or None if it is not one."""
    text = _own_words(body[:_MOST_READ])
    if _is_opt_out_alone(text) or any(map(_is_opt_out_line, text.splitlines())):
        return OptOut.CERTAIN
    found = [_examine_sentence(sentence, end) for sentence, end in _sentences(text)]
    return _most_certain(found)


def _most_certain(found: Sequence[OptOut | None]) -> OptOut | None:
    if OptOut.CERTAIN in found:
        return OptOut.CERTAIN
    return OptOut.DOUBTFUL if OptOut.DOUBTFUL in found else None


@dataclass(frozen=True, slots=True)
class _Language:
    """The opt-out words of one language, without upper case and accents (see `words_of`)."""

    words: frozenset[str]
    weak: frozenset[str]
    phrases: "Sequences"
    doubtful: "Sequences"
    friends: "Sequences"
    negations: frozenset[str]


class Sequences:
    """Sequences of words to find in a text. They are indexed by their first word."""

    def __init__(self, entries: Iterable[str]) -> None:
        self.entries = tuple(entries)
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for entry in self.entries:
            words = tuple(entry.split())
            self._by_first.setdefault(words[0], []).append(words)

    def within(self, words: Sequence[str]) -> Iterator[tuple[int, int]]:
        """Yield the start and the end of each sequence in `words`."""
        for start, word in enumerate(words):
            for wanted in self._by_first.get(word, ()):
                if tuple(words[start : start + len(wanted)]) == wanted:
                    yield start, start + len(wanted)


@dataclass(frozen=True, slots=True)
class _Lexicon:
    """The words of all languages. `unspaced` contains the languages written without spaces."""

    courtesy: frozenset[str]
    unspaced_courtesy: tuple[str, ...]
    asking: tuple[str, ...]
    spaced: tuple[_Language, ...]
    unspaced: tuple[_Language, ...]
    strong: frozenset[str] = field(default=frozenset())
    whole: frozenset[str] = field(default=frozenset())


@cache
def _lexicon() -> _Lexicon:
    data: dict[str, Any] = json.loads(_DATA.read_text(encoding="utf-8"))
    languages = [(x.get("unspaced", False), _language(x)) for x in data["languages"].values()]
    strong = frozenset(word for _, each in languages for word in each.words)
    weak = frozenset(word for _, each in languages for word in each.weak)
    return _Lexicon(
        frozenset(_folded(data["courtesy"])),
        tuple(sorted(_folded(data["unspacedCourtesy"]), key=len, reverse=True)),
        tuple(f" {phrase} " for phrase in _folded(data["asking"])),
        tuple(each for unspaced, each in languages if not unspaced),
        tuple(each for unspaced, each in languages if unspaced),
        strong,
        strong | weak,
    )


def _language(entry: dict[str, Any]) -> _Language:
    unspaced = entry.get("unspaced", False)

    def sequences(name: str) -> Iterable[str]:
        return (s.replace(" ", "") if unspaced else s for s in _folded(entry[name]))

    single = () if unspaced else (w for w in _folded(entry["words"]) if " " not in w)
    return _Language(
        frozenset(s.replace(" ", "") for s in _folded(entry["words"])),
        frozenset(s.replace(" ", "") for s in _folded(entry["weak"])),
        Sequences(sequences("phrases")),
        Sequences((*sequences("doubtful"), *single)),
        Sequences(sequences("friends")),
        frozenset(_folded(entry["negations"])),
    )


def _folded(entries: Iterable[str]) -> list[str]:
    """Return the JSON file's entries as `words_of` writes words, with any `$` at their ends."""
    return [" ".join(words_of(entry)) + (" $" if entry.endswith("$") else "") for entry in entries]


def _own_words(body: str) -> str:
    """Return `body` without reactions, quoted passages and the signature of a mail program."""
    if _REACTION.fullmatch(body) and _is_reaction(body):
        return ""
    text = _MAIL_SIGNATURE.sub("", _QUOTED_LINE.sub("", body))
    return _QUOTED.sub(lambda m: m[1] if len(words_of(m[1])) <= _MOST_QUOTED_WORDS else " ", text)


def _is_reaction(body: str) -> bool:
    """Return whether the text ends with a quoted passage that is longer than a few words.

    Phones send such a text when a person reacts to a message, such as: Liked "…".
    """
    quoted = _QUOTED.search(body)
    return bool(
        quoted
        and len(words_of(quoted[1])) > _MOST_QUOTED_WORDS
        and not words_of(body[quoted.end() :])
    )


def _is_opt_out_alone(text: str) -> bool:
    return _is_made_of(words_of(text), _lexicon().whole)


def _is_opt_out_line(line: str) -> bool:
    """Return whether a line is an opt-out word alone, or followed by a name only."""
    if _is_made_of(words_of(line), _lexicon().strong):
        return True
    signed = _SIGNED.fullmatch(line.strip())
    if signed is None or not _is_made_of(words_of(signed[1]), _lexicon().strong):
        return False
    names = signed[2].split()
    return len(names) <= _MOST_NAMES and all(name[0].isupper() for name in names)


def _is_made_of(words: Sequence[str], wanted: frozenset[str]) -> bool:
    """Return whether all `words` are wanted words or polite words such as "please"."""
    if "".join(words) in wanted:
        return True
    lexicon = _lexicon()
    core = [word for word in words if word not in lexicon.courtesy]
    if not core:
        return False
    return (
        "".join(core) in wanted
        or all(word in wanted for word in core)
        or _without_courtesy("".join(core)) in wanted
    )


def _without_courtesy(text: str) -> str:
    """Remove polite words from both ends of a text that is written without spaces."""
    for courtesy in _lexicon().unspaced_courtesy:
        text = text.removeprefix(courtesy).removesuffix(courtesy)
    return text


def _sentences(text: str) -> Iterable[tuple[str, str]]:
    """Return the sentences of `text`, each with the punctuation that ends it."""
    parts = [*_SENTENCE_END.split(text), ""]
    return zip(parts[::2], parts[1::2], strict=False)


def _examine_sentence(sentence: str, end: str) -> OptOut | None:
    words = words_of(sentence)
    if _is_made_of(words, _lexicon().strong) and _is_meant(sentence, words):
        return OptOut.CERTAIN
    asks = any(mark in end for mark in "?\uff1f\u061f") and not _is_polite(words)
    found = [_examine_clause(words_of(clause), asks) for clause in _CLAUSE_END.split(sentence)]
    return _most_certain(found) or _examine_unspaced("".join(words), asks)


def _is_meant(sentence: str, words: Sequence[str]) -> bool:
    """Tell whether a sentence that contains one opt-out word may be an opt-out.

    It may be if it is in capitals or has a polite word.
    """
    in_capitals = sentence.upper() == sentence and sentence.lower() != sentence
    return in_capitals or (len(words) > 1 and _is_polite(words))


def _is_polite(words: Sequence[str]) -> bool:
    padded = f" {' '.join(words)} "
    return any(phrase in padded for phrase in _lexicon().asking)


def _examine_clause(words: Sequence[str], asks: bool) -> OptOut | None:
    return _most_certain(
        [_examine_language(language, [*words, "$"], asks) for language in _lexicon().spaced]
    )


def _examine_language(language: _Language, words: Sequence[str], asks: bool) -> OptOut | None:
    doubtful = False
    for start, _ in language.phrases.within(words):
        before = words[max(0, start - _NEGATION_REACH) : start]
        if before and before[-1] in language.negations:
            continue  # "don't stop texting me" is the opposite
        if not asks and language.negations.isdisjoint(before):
            return OptOut.CERTAIN
        doubtful = True
    left = list(words)
    for start, end in language.friends.within(words):
        left[start:end] = ["|"] * (end - start)
    return OptOut.DOUBTFUL if doubtful or any(language.doubtful.within(left)) else None


def _examine_unspaced(text: str, asks: bool) -> OptOut | None:
    for language in _lexicon().unspaced:
        if any(phrase in text for phrase in language.phrases.entries):
            return OptOut.DOUBTFUL if asks else OptOut.CERTAIN
        if any(phrase in text for phrase in language.doubtful.entries):
            return OptOut.DOUBTFUL
    return None
