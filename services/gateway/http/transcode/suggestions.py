"""Suggest a known name when a request contains an unknown name."""

from collections.abc import Collection, Mapping, Sequence
from difflib import get_close_matches

from services.gateway.http.transcode.faults import Faults

# The names that other APIs use for the same things.
_ELSEWHERE: Mapping[str, Sequence[str]] = {
    "body": ("message", "content"),
    "text": ("message", "content"),
    "content": ("message",),
    "number": ("to", "phone", "numbers"),
    "phone": ("to", "phoneNumber"),
    "phonenumber": ("phone", "to"),
    "recipient": ("to",),
    "recipients": ("numbers",),
    "q": ("search",),
    "query": ("search",),
    "filter": ("search",),
    "offset": ("cursor",),
    "after": ("cursor",),
    "startingafter": ("cursor",),
    "pagetoken": ("cursor",),
    "pagesize": ("limit",),
    "perpage": ("limit",),
    "size": ("limit",),
    "since": ("from",),
    "until": ("to",),
    "sendat": ("scheduleAt",),
    "scheduledat": ("sendAt", "scheduleAt"),
}


def add_unknown(faults: Faults, path: str, kind: str, known: Collection[str]) -> None:
    """Add the fault that a name is unknown, and suggest the known name that was probably meant.

    `kind` is field or parameter.
    """
    if faults.is_full:
        faults.add(path, "")
        return
    meant = _meant(path.rpartition(".")[2], known)
    suggestion = f"; did you mean {meant}?" if meant else ""
    faults.add(path, f"is not a known {kind}{suggestion}")


def _meant(name: str, known: Collection[str]) -> str | None:
    plain = name.replace("_", "").replace("-", "").removesuffix("[]").lower()
    by_plain = {own.lower(): own for own in known}
    if plain in by_plain:
        return by_plain[plain]
    for own in _ELSEWHERE.get(plain, ()):
        if own in known:
            return own
    close = get_close_matches(plain, by_plain, n=1, cutoff=0.8)
    return by_plain[close[0]] if close else None
