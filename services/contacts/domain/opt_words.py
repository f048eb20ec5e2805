"""Read from a cell of another system's export whether a person has opted out.

In a column of the field ``optedOut``, a yes or a date means that the person has opted out. In a
column of ``optedIn``, a no means an opt-out. Words about subscriptions mean the same in both
columns. An unreadable cell is an error, because a wrong guess would text somebody who has opted
out, or opt out a whole list.
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from services.contacts.domain.word_lists import words_of
from services.contacts.domain.written_dates import read_date

OPTED_OUT_FIELD, OPTED_IN_FIELD = "optedOut", "optedIn"
"""The two fields of an import that hold opt-outs, as the contract names them."""


class UnreadableOptOut(ValueError):
    """The cell doesn't clearly say whether the person has opted out."""


# Words in lower case, without accents, spaces and punctuation. In English, German, French, Spanish,
# Italian, Portuguese, Dutch, Scandinavian languages, Polish, Czech, Finnish, Russian, Chinese and
# Japanese.
_OPTED_OUT_WORDS = words_of(
    """
    unsubscribed unsubscribe unsub unsubbed optedout optout
    optsout out stop stopped stopall
    notsubscribed nonsubscribed neversubscribed notoptedin
    nooptin cleaned bounced hardbounced
    suppressed blocked blacklisted blocklisted donotcontact
    donottext donotsms donotmessage
    donotcall dnc dnt complained complaint spam spamcomplaint
    removed unreachable globaloptout
    abgemeldet abbestellt ausgetragen gesperrt desabonne
    desabonnee desinscrit desinscrite
    baja dadodebaja dadadebaja desuscrito desuscrita nosuscrito disiscritto disiscritta
    noniscritto descadastrado descadastrada desinscrito
    desinscrita uitgeschreven afgemeld
    avregistrerad avanmald afmeldt avmeldt wypisany wypisana odhlasen odhlasena peruttu
    poistunut отписан отписана отписался отписалась
    已退订 退订 退訂 已退訂 配信停止 解除 退会 수신거부
    """
)
_OPTED_IN_WORDS = words_of(
    """
    subscribed subscribe optedin optin optsin in start unstop
    notunsubscribed notoptedout
    angemeldet abonniert abonne abonnee inscrit inscrite
    suscrito suscrita inscrito inscrita
    alta iscritto iscritta cadastrado cadastrada ingeschreven
    aangemeld prenumererar tilmeldt
    pameldt zapisany zapisana prihlasen prihlasena tilattu
    подписан подписана 已订阅 已訂閱 購読中 수신동의
    """
)
# Words about consent and states, which count only in columns about agreement (``optedIn``).
_REFUSED = words_of(
    """
    inactive declined denied refused rejected revoked withdrawn
    expired pending unconfirmed
    notconfirmed notgiven notgranted abgelehnt widerrufen
    inaktiv refuse inactif rechazado
    inactivo rifiutato revocato inattivo recusado inativo geweigerd inactief
    """
)
_AGREED = words_of(
    """
    active confirmed consented consent accepted accept agreed
    agree granted allowed approved
    given express explicit expressed implied implicit aktiv zugestimmt erteilt bestatigt
    accepte acceptee actif activo aceptado acepta accettato attivo aceito ativo actief
    """
)
_YES = words_of(
    """
    yes y true t 1 x on checked ja j wahr oui o vrai si s
    verdadero vero sim verdadeiro tak
    ano kylla evet да истина 是 はい 예 ✓ ✔ ☑
    """
)
_NO = words_of(
    """
    no n false f 0 off unchecked never nein falsch non faux
    falso nao nee nej nei nie ne ei
    hayir нет ложь 否 不 いいえ 아니요 ☐ ✗
    """
)
_NOTHING = frozenset(["", "na", "null", "nil", "none", "undefined", "00000000", "00000000000000"])
_BLANKS = " -/._\u2013\u2014"
"""Characters that people write into a cell to show that it has no value."""
_PUNCTUATION = re.compile(r"[\s\W_]+")


def read_opt_out(cell: str, field: str, now: datetime) -> datetime | None:
    """Return the time at which a person opted out according to ``cell``, or None if they did not.

    Args:
        cell: the cell's text.
        field: ``OPTED_OUT_FIELD`` or ``OPTED_IN_FIELD``, which the cell's column holds.
        now: the result if the cell has no time, or a time after ``now``.

    Raises:
        UnreadableOptOut: the cell doesn't clearly say whether the person opted out.
    """
    word = _folded(cell)
    if word in _NOTHING and (word or not cell.strip(_BLANKS)):
        return None
    opted_out = _meaning(word, field)
    if opted_out is not None:
        return now if opted_out else None
    date = read_date(cell, now)
    if date is None:
        raise UnreadableOptOut
    return date if field == OPTED_OUT_FIELD else None


def is_subscription_word(cell: str) -> bool:
    """Return whether ``cell`` is a word that occurs only in columns about subscriptions."""
    return _folded(cell) in (_OPTED_OUT_WORDS | _OPTED_IN_WORDS) - {"in", "out"}


def _meaning(word: str, field: str) -> bool | None:
    """Return whether ``word`` means that the person opted out, or None if it is unknown."""
    yes_means_out = field == OPTED_OUT_FIELD
    vocabulary: Mapping[bool, frozenset[str]] = {
        True: _OPTED_OUT_WORDS | (_YES if yes_means_out else _NO | _REFUSED),
        False: _OPTED_IN_WORDS | (_NO if yes_means_out else _YES | _AGREED),
    }
    return next((opted_out for opted_out, words in vocabulary.items() if word in words), None)


def _folded(cell: str) -> str:
    text = cell.strip()
    if text in ("✓", "✔", "☑", "☐", "✗"):
        return text
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return unicodedata.normalize("NFKC", _PUNCTUATION.sub("", bare))
