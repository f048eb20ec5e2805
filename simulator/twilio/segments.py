"""Count the SMS segments of a body: GSM-7 if it fits, UCS-2 otherwise."""

GSM_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_EXTENDED = frozenset("\f^{}\\[~]|€")


def count_segments(body: str) -> int:
    """Count the segments of a body. An empty body has one segment."""
    characters = set(body)
    if characters <= GSM_BASIC:
        return _parts([1] * len(body), 160, 153) if len(body) > 160 else 1
    if characters <= GSM_BASIC | GSM_EXTENDED:
        return _parts([2 if c in GSM_EXTENDED else 1 for c in body], 160, 153)
    return _parts([2 if ord(c) > 0xFFFF else 1 for c in body], 70, 67)


def _parts(units: list[int], single: int, multiple: int) -> int:
    """Count the parts that `units` need. The units of one character stay in one part."""
    if sum(units) <= single:
        return 1
    parts, used = 1, 0
    for size in units:
        if used + size > multiple:
            parts, used = parts + 1, 0
        used += size
    return parts
