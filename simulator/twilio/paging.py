"""Pages of a list, in the format of the 2010 API and in the format of the v1 APIs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from simulator.edge import Call, Reply, json_reply
from simulator.twilio.errors import TwilioError

T = TypeVar("T")
DEFAULT_PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The page that a client asks for. `token` marks where the page starts."""

    number: int
    size: int
    token: str

    @classmethod
    def of(cls, call: Call) -> "PageRequest":
        """Read the page that a request asks for from `PageSize`, `Page` and `PageToken`.

        Raises:
            TwilioError: 20007 if the page size is over 1,000, 20001 if it is not a number.
        """
        size = call.query.get("PageSize", str(DEFAULT_PAGE_SIZE))
        number = call.query.get("Page", "0")
        if not (size.isdigit() and number.isdigit()) or int(size) < 1:
            raise TwilioError(20001)
        if int(size) > MAX_PAGE_SIZE:
            raise TwilioError(20007)
        return cls(int(number), int(size), call.query.get("PageToken"))


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page: its items, and the token of the next page or None if this is the last page."""

    request: PageRequest
    items: Sequence[T]
    next_token: str | None

    @classmethod
    def cut(cls, call: Call, items: Sequence[T]) -> "Page[T]":
        """Return one page of a list that is in memory. The page token is a position in the list."""
        request = PageRequest.of(call)
        position = request.token.removeprefix("PA")
        start = int(position) if position.isdigit() else request.number * request.size
        end = start + request.size
        more = f"PA{end}" if end < len(items) else None
        return cls(request, items[start:end], more)


def _page_uri(call: Call, page: Page[T], number: int, token: str | None) -> str:
    kept = [p for p in call.query.pairs if p[0] not in ("Page", "PageToken", "PageSize")]
    kept += [("PageSize", str(page.request.size)), ("Page", str(number))]
    if token is not None:
        kept.append(("PageToken", token))
    return f"{call.path}?{urlencode(kept)}"


def reply_2010(call: Call, key: str, page: Page[T], view: Callable[[T], dict[str, Any]]) -> Reply:
    """Return a page in the format of `api.twilio.com`: the items, and relative `..._uri` links."""
    number, size = page.request.number, page.request.size
    following = page.next_token and _page_uri(call, page, number + 1, page.next_token)
    return json_reply(
        {
            key: [view(item) for item in page.items],
            "page": number,
            "page_size": size,
            "start": number * size,
            "end": max(number * size + len(page.items) - 1, 0),
            "uri": _page_uri(call, page, number, page.request.token or None),
            "first_page_uri": _page_uri(call, page, 0, None),
            "next_page_uri": following,
            "previous_page_uri": _page_uri(call, page, number - 1, None) if number else None,
        }
    )


def reply_v1(call: Call, key: str, page: Page[T], view: Callable[[T], dict[str, Any]]) -> Reply:
    """Return a page in the format of the newer hosts: the items, and absolute links in `meta`."""
    base, number = f"{call.base_url}/{call.host}", page.request.number
    following = page.next_token and base + _page_uri(call, page, number + 1, page.next_token)
    meta = {
        "page": number,
        "page_size": page.request.size,
        "first_page_url": base + _page_uri(call, page, 0, None),
        "previous_page_url": base + _page_uri(call, page, number - 1, None) if number else None,
        "url": base + _page_uri(call, page, number, page.request.token or None),
        "next_page_url": following,
        "key": key,
    }
    return json_reply({key: [view(item) for item in page.items], "meta": meta})
