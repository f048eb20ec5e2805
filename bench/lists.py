"""Compare lists and statistics of a million messages with those of ten thousand messages."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from rich.console import Console

from bench.beside import RUNS, Beside, by_turns, worst
from bench.event_lists import compare_events
from bench.message_rows import History, bring_in
from bench.report import Figure
from bench.tenant import Tenant, make_tenant
from deploy.local.stack import Stack

_SMALL = 10_000
# A million messages go with an event of 50,000 texts.
_MESSAGES_FOR_A_TEXT = 20


@dataclass(frozen=True, slots=True)
class _Call:
    """A route and its query.

    The query may contain placeholders for a campaign, a contact or a time. `of` replaces them by
    values of one organisation.
    """

    path: str
    query: dict[str, str] = field(default_factory=dict)

    def of(self, history: History) -> None:
        """Return this call with the ids and times of one organisation's history filled in."""
        known = {
            "its campaign": history.campaign_id,
            "its contact": str(history.contact_id),
            "a month's begin": history.when(history.count // 8).isoformat(),
            "a month's end": history.when(history.count // 5).isoformat(),
        }
        path = self.path.format(campaign=history.campaign_id, contact=history.contact_id)
        history.tenant.get(path, **{k: known.get(v, v) for k, v in self.query.items()})

    @property
    def name(self) -> str:
        """The name of the call in the output."""
        query = " ".join(f"{key}={value}" for key, value in self.query.items())
        return f"{self.path.rpartition('/')[2]} {query}".strip()


_CAMPAIGN = {"campaignId": "its campaign"}
_CONTACT = {"contactId": "its contact"}
_MONTH = {"from": "a month's begin", "to": "a month's end"}
_FAILED = {"status": "failed"}
# Status filters that match nearly all messages, some, few and none.
_STATUSES = tuple({"status": each} for each in ("delivered", "failed", "cancelled", "pending"))
_CODE = {"errorCode": "30007"}
_FILTERS: tuple[dict[str, str], ...] = (
    {},
    *_STATUSES,
    _CAMPAIGN,
    *({**_CAMPAIGN, **status} for status in _STATUSES),
    _CODE,
    {**_CAMPAIGN, **_CODE},
    _CONTACT,
    {**_CONTACT, **_FAILED},
    _MONTH,
    {**_MONTH, **_FAILED},
    {**_MONTH, **_CODE},
    {**_CAMPAIGN, **_MONTH},
    {"page": "50", "limit": "200"},
    {**_CAMPAIGN, "page": "20"},
)
# A word of all texts, of a third, of only the oldest third, of one in 100,000 and of none; two
# words that no text has together, and two that a third has.
_WORDS = ("hello", "summer", "vintage", "zephyrine", "nobody", "summer winter", "hello spring")
_THREADS: tuple[dict[str, str], ...] = ({}, {"unread": "true"}, {"archived": "true"}, _CONTACT)

_GROUPS: dict[str, list[_Call]] = {
    "history": [_Call("/api/history/messages", each) for each in _FILTERS],
    "message search": [
        *(_Call("/api/messages/search", {"search": word}) for word in _WORDS),
        _Call("/api/messages/search", {"search": "summer", "direction": "in"}),
        _Call("/api/messages/search", {"search": "zephyrine", "direction": "in"}),
        _Call("/api/messages/search", {"search": "summer", **_CONTACT}),
        _Call("/api/messages/search", {"search": "summer", **_MONTH}),
    ],
    "threads": [
        *(_Call("/api/messages/threads", each) for each in _THREADS),
        _Call("/api/messages/threads", {"archived": "true", "unread": "true"}),
        _Call("/api/messages/thread/{contact}"),
        _Call("/api/messages/thread/{contact}", {"direction": "newer"}),
    ],
    "campaign": [
        *(_Call("/api/campaigns/{campaign}/results", each) for each in ({}, *_STATUSES, _CODE)),
        *(_Call(f"/api/campaigns/{{campaign}}/{name}") for name in ("errors", "metrics")),
        _Call("/api/analytics/campaigns/{campaign}"),
    ],
    "usage": [
        _Call("/api/analytics/usage", {"granularity": each}) for each in ("day", "week", "month")
    ],
}


def measure(stack: Stack, tenant: Tenant, count: int, console: Console) -> list[Figure]:
    """Make the same requests for an organisation of ``count`` messages and one of 10,000."""
    started = time.perf_counter()
    large, small = bring_in(stack, tenant, count), bring_in(stack, make_tenant(stack), _SMALL)
    console.print(f"lists: {count:,} messages, imported in {time.perf_counter() - started:.0f} s")
    groups = {
        group: [_compared(call, large, small) for call in calls] for group, calls in _GROUPS.items()
    }
    groups["history"].append(_by_cursor(large, small))
    figures = [worst(group, all_of_it, console) for group, all_of_it in groups.items()]
    texts = count // _MESSAGES_FOR_A_TEXT
    return figures + compare_events(stack, large.tenant, small.tenant, texts, console)


def _compared(call: _Call, large: History, small: History) -> Beside:
    return by_turns(call.name, lambda: call.of(large), lambda: call.of(small))


def _by_cursor(large: History, small: History) -> Beside:
    """Compare the time per page of two histories, read by cursor.

    Reads nearly as many pages of each as the small organisation has.
    """
    walks = [_pages(each.tenant) for each in (large, small)]
    return by_turns("messages by cursor", lambda: next(walks[0]), lambda: next(walks[1]))


def _pages(tenant: Tenant) -> Iterator[None]:
    cursor: dict[str, str] = {}
    for _ in range(RUNS):
        page = tenant.get("/api/history/messages", limit="200", **cursor)
        cursor = {"cursor": page["nextCursor"]}
        yield
