"""Compare an organizer's lists of a large event with those of a small one."""

from collections.abc import Iterator

from rich.console import Console

from bench.beside import Beside, by_turns, worst
from bench.event_rows import Event, bring_event
from bench.report import Figure
from bench.tenant import Tenant
from deploy.local.stack import Stack

_SMALL = 500
_MAX_MILLISECONDS_PER_THOUSAND = 1.0

_CALLS: tuple[tuple[str, dict[str, str]], ...] = (
    ("attendees", {}),
    ("attendees", {"limit": "100"}),
    ("attendees", {"rsvpStatus": "yes", "limit": "30"}),
    ("attendees", {"rsvpStatus": "no"}),
    ("attendees/{attendee}", {}),
    ("attendees/{attendee}/sms-history", {}),
)


def compare_events(
    stack: Stack, large: Tenant, small: Tenant, texts: int, console: Console
) -> list[Figure]:
    """Compare requests for an event of ``texts`` texts in ``large`` and one of 500 in ``small``.

    A summary counts all texts of its event, so it takes longer for a larger event. So we compare
    summaries of events of equal size, and print a separate figure for the larger event.
    """
    event, beside = bring_event(stack, large, texts), bring_event(stack, small, _SMALL)
    equal = bring_event(stack, large, _SMALL)
    compared = [_compared(path, query, event, beside) for path, query in _CALLS]
    compared.append(_compared_walk(event, beside))
    compared.append(_compared("sms-summary", {}, equal, beside))
    summaries = _compared("sms-summary", {}, event, equal)
    return [worst("event", compared, console), _per_thousand(summaries, texts, console)]


def _compared(path: str, query: dict[str, str], large: Event, small: Event) -> Beside:
    said = " ".join(f"{key}={value}" for key, value in query.items())
    return by_turns(
        f"{path} {said}".strip(),
        lambda: large.get(path, **query),
        lambda: small.get(path, **query),
    )


def _compared_walk(large: Event, small: Event) -> Beside:
    """Compare the time per page of two events' attendees, read by cursor.

    Reads nearly as many pages of each as the small event has.
    """
    walks = [_pages(event) for event in (large, small)]
    return by_turns("attendees by cursor", lambda: next(walks[0]), lambda: next(walks[1]))


def _pages(event: Event) -> Iterator[None]:
    cursor: dict[str, str] = {}
    while True:
        page = event.get("attendees", limit="2", **cursor)
        cursor = {"cursor": page["nextCursor"]}
        yield


def _per_thousand(summaries: Beside, texts: int, console: Console) -> Figure:
    """Return the milliseconds by which each further 1,000 texts slow down an event's summary."""
    taken = f"{summaries.large:.1f} ms beside {summaries.small:.1f} of one of {_SMALL}"
    console.print(f"  event of {texts:,} texts, sms-summary: {taken}", highlight=False)
    added = summaries.added / (texts - _SMALL) * 1000
    return Figure(
        "event, sms-summary, p95 ms for each further 1,000 texts",
        f"{added:.2f}",
        f"{_MAX_MILLISECONDS_PER_THOUSAND:.2f}",
        added / _MAX_MILLISECONDS_PER_THOUSAND,
        1,
        at_most=True,
    )
