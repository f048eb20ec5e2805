"""The mail and the text of an alert about a low balance."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from servicekit.mail_templates import templates
from servicekit.segments import segment_count
from services.billing.domain.low_balance import LowBalance, low_balance_mail, low_balance_text
from simulator.postmark.templates import render

LOW = LowBalance("Acme & <Sons>", 705, 2000, "usd", ("a@x.test", "b@x.test"), None)


def test_low_balance_mail_contains_the_amounts_and_a_link() -> None:
    mail = low_balance_mail(LOW, "https://app.test", "one")
    assert mail.to == ("a@x.test", "b@x.test")
    assert (mail.subject, mail.reference) == ("Acme & <Sons>: SMS balance is low (7.05 USD)", "one")
    for words in ("7.05 USD", "20.00 USD", "https://app.test/billing"):
        assert words in mail.text
        assert words in mail.html


def test_organisation_name_is_escaped_in_html() -> None:
    html = low_balance_mail(LOW, "https://app.test", "one").html
    assert "Acme &amp; &lt;Sons&gt;" in html
    assert "<Sons>" not in html


@given(st.integers(min_value=0, max_value=10**12), st.integers(min_value=1, max_value=10**8))
def test_low_balance_text_fits_in_one_segment(balance: int, minimum: int) -> None:
    text = low_balance_text(replace(LOW, balance_cents=balance, min_balance_cents=minimum))
    assert segment_count(text, smart_encoding=False) == 1


def test_the_mail_template_in_the_repository_gives_the_same_mail_as_the_built_in_text() -> None:
    low = LowBalance("Acme", 900, 1000, "usd", ("a@example.com",), None)
    mail = low_balance_mail(low, "https://console.test", "1")
    [template] = [each for each in templates("") if each["Alias"] == mail.tag]
    words = {"Subject": mail.subject, "TextBody": mail.text, "HtmlBody": mail.html}
    assert {name: render(template[name], mail.model) for name in words} == words
