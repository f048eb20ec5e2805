"""Compare lists and searches of a million contacts with those of ten thousand contacts."""

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
from rich.console import Console

from bench.beside import by_turns
from bench.report import Figure
from bench.tenant import Tenant, make_tenant
from deploy.local.stack import Stack
from servicekit.ids import new_id

_SMALL = 10_000
_STATEMENT_ROWS = 5000
_COLUMNS = "id, org_id, phone, first_name, last_name, email"
_TABLES = ("contacts", "contact_search", "contact_tags", "contact_list_members", "contact_lists")

# The first tag belongs to a tenth of the contacts, the list to about a fifth. The other two tags
# belong only to contacts who are not called Maria: one tag to about one in fifteen contacts, the
# other to at most five contacts.
_TAGS = {
    "vip": "right(phone, 1) = '3'",
    "apart": "first_name <> 'Maria' AND right(phone, 1) = '7'",
    "few": "first_name <> 'Maria' AND phone LIKE '+12000009___' AND right(phone, 3) < '008'",
}
_TAG = """
WITH tag AS (INSERT INTO tags (id, org_id, name) VALUES (uuidv7(), %(org)s, '{name}') RETURNING id)
INSERT INTO contact_tags (tag_id, contact_id, org_id)
SELECT tag.id, contacts.id, %(org)s FROM contacts, tag
WHERE contacts.org_id = %(org)s AND {condition}
"""
_ENLIST = """
INSERT INTO contact_list_members (list_id, contact_id, org_id)
SELECT %(list)s, id, %(org)s FROM contacts
WHERE org_id = %(org)s AND (right(phone, 1) IN ('1', '3') OR right(phone, 2) IN ('05', '25'))
"""

# Words to search for. A third of the contacts have the first word, one in fifty the second, one in
# 100,000 the third, and none the fourth. Only the oldest third have the fifth. The last words are
# numbers.
_SEARCHES = ("mar", "lopez", "zephyrine", "nobody", "@old.example", "+1200", "0123")
_FILTERS: tuple[dict[str, str], ...] = (
    {},
    *({"search": word} for word in _SEARCHES),
    {"search": "maria lopez"},
    {"tag": "vip"},
    {"listId": "its list"},
    {"tag": "vip", "listId": "its list"},
    *({"search": word, "tag": "vip"} for word in ("mar", "lopez", "zephyrine")),
    *({"search": word, "listId": "its list"} for word in ("mar", "lopez", "zephyrine")),
    {"search": "mar", "tag": "vip", "listId": "its list"},
    *({"search": "mar", "tag": tag} for tag in ("apart", "few")),
    {"page": "50", "limit": "200"},
    {"page": "20", "search": "mar"},
)


@dataclass(frozen=True, slots=True)
class Book:
    """An organisation with its contacts, and a list with some of the contacts."""

    tenant: Tenant
    list_id: str

    def ask(self, filters: dict[str, str]) -> None:
        """Request a page of contacts with these filters."""
        query = {**filters, **({"listId": self.list_id} if "listId" in filters else {})}
        self.tenant.get("/api/contacts", **query)


def measure(stack: Stack, tenant: Tenant, count: int, console: Console) -> list[Figure]:
    """Make the same requests for an organisation of ``count`` contacts and one of 10,000."""
    console.print(f"search: {count:,} contacts")
    large, small = _book(stack, tenant, count), _book(stack, make_tenant(stack), _SMALL)
    figures = [_compared(large, small, filters) for filters in _FILTERS]
    figures.append(_compared_walk(large, small))
    return figures


def _compared(large: Book, small: Book, filters: dict[str, str]) -> Figure:
    name = " ".join(f"{key}={value}" for key, value in filters.items()) or "no filter"
    asked = by_turns(name, lambda: large.ask(filters), lambda: small.ask(filters))
    return asked.figure(f"contacts, {name}, p95 ms")


def _compared_walk(large: Book, small: Book) -> Figure:
    """Compare the time per page of two searches, read by cursor.

    Reads as many pages of each as the small organisation has.
    """
    walks = [_pages(book) for book in (large, small)]
    walked = by_turns("by cursor", lambda: next(walks[0]), lambda: next(walks[1]))
    return walked.figure("contacts, by cursor, search=mar, p95 ms")


def _pages(book: Book) -> Iterator[None]:
    cursor: dict[str, str] = {}
    while True:
        page = book.tenant.get("/api/contacts", search="mar", **cursor)
        cursor = {"cursor": page["nextCursor"]}
        yield


def _book(stack: Stack, tenant: Tenant, count: int) -> Book:
    """Insert ``count`` contacts by COPY, in batches as large as those of an import."""
    list_id = str(tenant.post("/api/contact-lists", {"name": f"Guests {count}"})["id"])
    with psycopg.connect(stack.postgres.url("contacts"), autocommit=True) as connection:
        connection.execute("SELECT set_config('app.scope', 'system', false)")
        for start in range(0, count, _STATEMENT_ROWS):
            with connection.cursor().copy(f"COPY contacts ({_COLUMNS}) FROM STDIN") as copy:
                for n in range(start, min(start + _STATEMENT_ROWS, count)):
                    copy.write_row((new_id(), tenant.org_id, *_person(n, count)))
        whose = {"org": tenant.org_id, "list": list_id}
        for name, condition in _TAGS.items():
            connection.execute(_TAG.format(name=name, condition=condition).encode(), whose)
        connection.execute(_ENLIST, whose)
        for table in _TABLES:
            connection.execute(f"VACUUM ANALYZE {table}".encode())
    return Book(tenant, list_id)


def _person(n: int, count: int) -> tuple[str, str, str, str]:
    """Return phone, first name, last name and email address of the ``n``-th of ``count``."""
    first = "Maria" if n % 3 == 0 else f"Name{n % 997}"
    last = "Zephyrine" if n % 100_000 == 7 else "Lopez" if n // 7 % 50 == 1 else f"Surname{n % 991}"
    domain = "old.example" if n < count // 3 else "acme.example"
    return f"+1{2_000_000_000 + n}", first, last, f"person{n}@{domain}"
