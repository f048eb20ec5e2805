"""Opt-outs are read from the cells and headings of other systems' exports."""

from datetime import UTC, datetime

import pytest

from services.contacts.domain.import_columns import suggest
from services.contacts.domain.opt_words import (
    OPTED_IN_FIELD,
    OPTED_OUT_FIELD,
    UnreadableOptOut,
    read_opt_out,
)

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("field", [OPTED_OUT_FIELD, OPTED_IN_FIELD])
@pytest.mark.parametrize(
    "cell",
    [
        *("unsubscribed", "Unsubscribed", "UNSUBSCRIBED", "opted out", "Opted-Out", "opted_out"),
        *("opt out", "OptOut", "STOP", "stopped", "cleaned", "Non-Subscribed", "NOT_SUBSCRIBED"),
        *("never subscribed", "Do Not Contact", "do-not-text", "DNC", "blacklisted", "bounced"),
        *("abgemeldet", "abbestellt", "désabonné", "Désinscrite", "dado de baja", "BAJA"),
        *("disiscritto", "descadastrado", "uitgeschreven", "отписан", "退订", "配信停止"),
    ],
)
def test_unsubscribe_words_opt_out_in_any_column(cell: str, field: str) -> None:
    assert read_opt_out(cell, field, NOW) == NOW


@pytest.mark.parametrize("field", [OPTED_OUT_FIELD, OPTED_IN_FIELD])
@pytest.mark.parametrize(
    "cell",
    [
        *("subscribed", "SUBSCRIBED", "opted in", "opt-in", "OptedIn", "START", "not opted out"),
        *("angemeldet", "abonné", "suscrito", "iscritto", "подписан"),
        *("", " ", "-", "n/a", "null", "None", "0000-00-00", "0000-00-00 00:00:00"),
    ],
)
def test_subscribe_words_and_empty_cells_opt_nobody_out(cell: str, field: str) -> None:
    assert read_opt_out(cell, field, NOW) is None


@pytest.mark.parametrize(
    ("yes", "no"),
    [
        *(("yes", "no"), ("Y", "N"), ("TRUE", "FALSE"), ("t", "f"), ("1", "0"), ("on", "off")),
        *(("Ja", "Nein"), ("oui", "non"), ("Sí", "no"), ("WAHR", "FALSCH"), ("VRAI", "FAUX")),
        *(("sim", "não"), ("x", "no"), ("✓", "☐"), ("да", "нет"), ("是", "否"), ("yes", "never")),
    ],
)
def test_yes_means_an_opt_out_or_an_opt_in_depending_on_the_column(yes: str, no: str) -> None:
    assert (read_opt_out(yes, OPTED_OUT_FIELD, NOW), read_opt_out(no, OPTED_OUT_FIELD, NOW)) == (
        NOW,
        None,
    )
    assert (read_opt_out(yes, OPTED_IN_FIELD, NOW), read_opt_out(no, OPTED_IN_FIELD, NOW)) == (
        None,
        NOW,
    )


@pytest.mark.parametrize(
    ("cell", "opted_out"),
    [
        *(("active", False), ("confirmed", False), ("accepted", False), ("granted", False)),
        *(("inactive", True), ("pending", True), ("declined", True), ("revoked", True)),
    ],
)
def test_words_of_consent_are_read_only_in_columns_about_consent(
    cell: str, opted_out: bool
) -> None:
    assert (read_opt_out(cell, OPTED_IN_FIELD, NOW) is not None) is opted_out
    with pytest.raises(UnreadableOptOut):
        read_opt_out(cell, OPTED_OUT_FIELD, NOW)


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("2026-01-31", "2026-01-31T23:59:59+00:00"),
        ("2026-01-31 10:20:30", "2026-01-31T10:20:30+00:00"),
        ("2026-01-31T10:20:30Z", "2026-01-31T10:20:30+00:00"),
        ("2026-01-31T10:20:30+02:00", "2026-01-31T08:20:30+00:00"),
        ("2026-01-31 10:20:30 UTC", "2026-01-31T10:20:30+00:00"),
        ("01/31/2026", "2026-01-31T23:59:59+00:00"),
        ("1/31/2026 4:05 PM", "2026-01-31T16:05:00+00:00"),
        ("31.01.2026", "2026-01-31T23:59:59+00:00"),
        ("31.01.2026 16:05", "2026-01-31T16:05:00+00:00"),
        ("Jan 31, 2026", "2026-01-31T23:59:59+00:00"),
        ("31 January 2026", "2026-01-31T23:59:59+00:00"),
        ("03/04/2026", "2026-04-03T23:59:59+00:00"),  # the later of two readings
        ("1769854830", "2026-01-31T10:20:30+00:00"),
        ("1769854830000", "2026-01-31T10:20:30+00:00"),
        ("2027-01-31", NOW.isoformat()),  # a time in the future becomes now
    ],
)
def test_a_date_in_an_opt_out_cell_is_the_time_of_the_opt_out(cell: str, at: str) -> None:
    assert read_opt_out(cell, OPTED_OUT_FIELD, NOW) == datetime.fromisoformat(at)
    assert read_opt_out(cell, OPTED_IN_FIELD, NOW) is None


@pytest.mark.parametrize("cell", ["maybe", "by phone", "??", "2", "31/31/2026", "45720", "ask"])
def test_an_unclear_cell_in_an_opt_out_column_is_an_error(cell: str) -> None:
    for field in (OPTED_OUT_FIELD, OPTED_IN_FIELD):
        with pytest.raises(UnreadableOptOut):
            read_opt_out(cell, field, NOW)


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        *(
            (h, OPTED_OUT_FIELD)
            for h in ("Opt Out", "OptOut", "opt_out", "Opted Out?", "SMS Opt-Out")
        ),
        *(
            (h, OPTED_OUT_FIELD)
            for h in ("Unsubscribed", "Unsubscribed At", "UNSUB_TIME", "Opt-Out Date")
        ),
        *(
            (h, OPTED_OUT_FIELD)
            for h in ("HasOptedOutOfSms__c", "Do Not Text", "Do Not Contact", "DNC")
        ),
        *((h, OPTED_OUT_FIELD) for h in ("SMS opt-out (STOP)", "Abgemeldet", "Désabonné", "Baja")),
        *(
            (h, OPTED_IN_FIELD)
            for h in ("SMS Opt-In", "Consent", "SMS Consent", "Accepts SMS Marketing")
        ),
        *(
            (h, OPTED_IN_FIELD)
            for h in ("Subscription Status", "Opt status", "Subscribed", "Einwilligung")
        ),
        # About other channels, or only related to an opt-out.
        *((h, None) for h in ("Email marketing status", "Email Opt Out", "HasOptedOutOfEmail")),
        *(
            (h, None)
            for h in ("Unsubscribed from all email", "Accepts Email Marketing", "DoNotMail")
        ),
        *(
            (h, None)
            for h in ("Accepts Marketing", "OPTIN_TIME", "SMS Consent Timestamp", "OPTIN_IP")
        ),
        *(
            (h, None)
            for h in ("UNSUB_REASON", "Unsubscribe Link", "Lead Status", "Notes", "Status")
        ),
    ],
)
def test_opt_out_columns_are_recognised_by_their_headings(heading: str, field: str | None) -> None:
    assert suggest(["Shoe size", heading]).get(heading) == field


def test_a_status_column_is_used_for_opt_outs_if_its_cells_are_about_subscriptions() -> None:
    assert suggest(["Status"], [["subscribed"], ["Cleaned"]]) == {"Status": OPTED_IN_FIELD}
    assert suggest(["Status"], [["active"], ["Gold"]]) == {}
