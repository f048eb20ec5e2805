"""Check that each balance is the sum of its transactions."""

from collections.abc import Iterator

import click

from admin.api import Api, Json
from admin.output import json_option, print_rows
from admin.sign_in import signed_in_api

_PATH = "/api/admin/billing/wrong-balances"
_BATCH = 1_000


@click.command("verify-ledger")
@json_option
def verify_ledger(as_json: bool) -> None:
    """Check that the balance of each organisation and member is the sum of its transactions.

    Nothing is changed. Only transactions since the last sealing (every five minutes) are read.
    Wrong balances are listed, and then the exit code is 1.
    """
    columns = {
        "organisation": lambda row: row["orgId"],
        "member": lambda row: row["userId"],
        "balance in cents": lambda row: row["balanceCents"],
        "sum of transactions": lambda row: row["ledgerCents"],
    }
    pages = list(_pages(signed_in_api()))
    wrong = [row for page in pages for row in page["items"]]
    checked, skipped = (sum(page[name] for page in pages) for name in ("checked", "skipped"))
    summary = f"{checked} balances were checked, {skipped} can't be checked yet."
    print_rows(wrong, columns, f"{summary} All are right.", as_json=as_json)
    if wrong:
        raise click.ClickException(f"{summary} {len(wrong)} are wrong.")


def _pages(api: Api) -> Iterator[Json]:
    cursor: object = None
    while True:
        page = api.get(_PATH, limit=_BATCH, cursor=cursor)
        yield page
        cursor = page["nextCursor"]
        if not cursor:
            return
