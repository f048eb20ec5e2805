"""List and set the prices of texts and phone numbers."""

from urllib.parse import quote

import click

from admin.api import Json
from admin.output import (
    confirm,
    json_option,
    print_result,
    print_rows,
    reason_option,
    shown,
    yes_option,
)
from admin.sign_in import signed_in_api

_LIST = "/api/billing/prices"
_CENTS = click.IntRange(1, 10_000)
_CENTS_A_MONTH = click.IntRange(1, 1_000_000)
_NUMBER_TYPES = click.Choice(("local", "mobile", "toll_free"))


@click.group()
def prices() -> None:
    """List and set the prices of texts and phone numbers, in cents."""


@prices.command("list")
@json_option
def list_prices(as_json: bool) -> None:
    """List the prices of texts to all countries that can be texted."""
    columns = {
        "country": lambda row: row["country"],
        "prefix": lambda row: row["prefix"],
        "cents per segment": lambda row: row["centsPerSegment"],
        "cents with pictures": lambda row: row["centsPerMms"],
    }
    rows = signed_in_api().get(_LIST)["items"]
    print_rows(rows, columns, "No country can be texted.", as_json=as_json)


@prices.command("set")
@click.argument("country")
@click.argument("cents", type=_CENTS)
@click.option(
    "--mms", type=_CENTS, help="Cents of a text with pictures. Without it, none can be sent."
)
@reason_option
@yes_option
@json_option
def set_price(
    country: str, cents: int, mms: int | None, reason: str, yes: bool, as_json: bool
) -> None:
    """Set the price of a segment to COUNTRY (such as US) to CENTS, for all organisations.

    Campaigns that were confirmed before keep their prices.
    """
    api, code = signed_in_api(), country.upper()
    before = next((row for row in api.get(_LIST)["items"] if row["country"] == code), None)
    confirm(f"A segment to {shown(code)} costs {_words(before)} now. Change that?", yes=yes)
    price = api.put(
        f"/api/admin/prices/{quote(code, safe='')}",
        centsPerSegment=cents,
        centsPerMms=mms,
        reason=reason,
    )
    print_result(price, f"A segment to {code} costs {_words(price)}.", as_json=as_json)


@prices.command("list-numbers")
@json_option
def list_number_prices(as_json: bool) -> None:
    """List the monthly prices of all phone numbers that are sold."""
    columns = {
        "country": lambda row: row["country"],
        "type": lambda row: row["numberType"],
        "cents per month": lambda row: row["centsPerMonth"],
    }
    rows = signed_in_api().get(_LIST)["numbers"]
    print_rows(rows, columns, "No phone numbers are sold.", as_json=as_json)


@prices.command("set-number")
@click.argument("country")
@click.argument("number_type", metavar="TYPE", type=_NUMBER_TYPES)
@click.argument("cents", type=_CENTS_A_MONTH)
@reason_option
@yes_option
@json_option
def set_number_price(
    country: str, number_type: str, cents: int, reason: str, yes: bool, as_json: bool
) -> None:
    """Set the monthly price of a phone number of COUNTRY (such as US) to CENTS.

    TYPE is local, mobile or toll_free. Numbers that were bought before keep their price.
    """
    api, code = signed_in_api(), country.upper()
    wanted = (code, number_type)
    listed = api.get(_LIST)["numbers"]
    before = next((r for r in listed if (r["country"], r["numberType"]) == wanted), None)
    now = f"costs {before['centsPerMonth']} cents a month" if before else "is not sold"
    about = f"A {number_type} number of {shown(code)}"
    confirm(f"{about} {now} now. Change that?", yes=yes)
    price = api.put(
        f"/api/admin/number-prices/{quote(code, safe='')}/{number_type}",
        centsPerMonth=cents,
        reason=reason,
    )
    text = f"{about} costs {price['centsPerMonth']} cents a month."
    print_result(price, text, as_json=as_json)


def _words(price: Json | None) -> str:
    if price is None:
        return "nothing, because it can't be texted"
    mms = price["centsPerMms"]
    pictures = "no pictures" if mms is None else f"{mms} cents with pictures"
    return f"{price['centsPerSegment']} cents ({pictures})"
