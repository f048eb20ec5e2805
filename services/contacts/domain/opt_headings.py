"""Recognise columns that hold opt-outs by their headings."""

import re
import unicodedata
from collections.abc import Iterable

from services.contacts.domain.opt_words import OPTED_IN_FIELD, OPTED_OUT_FIELD, is_subscription_word
from services.contacts.domain.word_lists import words_of

_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\WA-Z_]+|[^\W_]+")
_TEXTS = words_of(
    """
    sms text texts texting txt mobile phone cell handy whatsapp
    """
)
# Columns about other channels say nothing about texts.
_OTHER_CHANNELS = words_of(
    """
    email emails mail mails newsletter newsletters push cookie cookies fax post postal
    """
)
# Related columns that hold no opt-out: why, from where or by which campaign somebody unsubscribed.
_RELATED = words_of(
    """
    reason reasons campaign title link url ip source id by form page method comment note type
    language latitude longitude keyword message
    """
)
_TIMES = words_of(
    """
    date at on time timestamp datetime datum fecha data since
    """
)
_FILLERS = words_of(
    """
    is has the of to from for a current flag marketing messages messaging contact contacts
    customer member user person list channel global field preference preferences state status
    value name received receive c
    """
)
_OPTED_OUT_WORDS = words_of(
    """
    optout optedout optouts optedouts unsubscribed unsubscribe unsubscribes unsub unsubbed
    unsubscription unsubscribeconfirmed stop stopped optoutstop donot donottext donotcall
    donotsms dnc dnd dnt blacklisted blocklisted blacklist suppressed suppression cleaned
    abgemeldet abmeldung abbestellt widerspruch desabonne desabonnement desinscrit
    desinscription baja dadodebaja desuscrito disiscritto disiscrizione descadastrado
    uitgeschreven afgemeld avregistrerad afmeldt avmeldt отписан 退订
    """
)
_AGREED = words_of(
    """
    optin optedin opt consent consented consentgiven permission subscribed subscription
    subscriber acceptstexts accepted agreed agreement einwilligung zustimmung abonniert
    consentement abonne consentimiento suscrito consenso iscritto consentimento inscrito
    toestemming ingeschreven samtykke samtycke подписан согласие
    """
)


def field_of(heading: str, cells: Iterable[str]) -> str | None:
    """Return the field that a column holds, ``optedOut`` or ``optedIn``, or None.

    ``cells`` are some cells of the column. A column whose heading is only "status" counts if its
    cells contain a word about subscriptions. A column with times of consent doesn't count, because
    it can't say that somebody opted out.
    """
    words = [_bare(word) for word in _WORDS.findall(heading.replace("e-mail", "email"))]
    words = [word for word in words if word]
    known = set(words)
    if known & _RELATED or (known & _OTHER_CHANNELS and not known & _TEXTS):
        return None
    subject = "".join(w for w in words if w not in _FILLERS | _TEXTS | _TIMES)
    if subject in _OPTED_OUT_WORDS:
        return OPTED_OUT_FIELD
    if subject in _AGREED or (subject == "accepts" and known & _TEXTS):
        return None if known & _TIMES else OPTED_IN_FIELD
    is_status = not subject and known & {"status", "state"}
    return OPTED_IN_FIELD if is_status and any(map(is_subscription_word, cells)) else None


def _bare(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
