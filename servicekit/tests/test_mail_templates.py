"""The mail templates that an operator can create at Postmark."""

import httpx
import pytest
from pydantic import SecretStr

from servicekit.mail_templates import create_missing, templates
from servicekit.settings import MailSettings
from tests.fixtures.running import POSTMARK_TOKEN, Simulator


def settings(simulator: Simulator, prefix: str) -> MailSettings:
    return MailSettings(
        postmark_server_token=SecretStr(POSTMARK_TOKEN),
        postmark_base_url=simulator.postmark_url,
        postmark_from="a@example.com",
        postmark_templates=prefix,
    )


async def test_missing_templates_are_created_at_postmark_and_existing_ones_are_not_changed(
    simulator: Simulator,
) -> None:
    simulator.add_template("made-invitation", "Ours", "Our words", "")
    mail = settings(simulator, "made-")
    assert await create_missing(mail) == [
        "made-password-reset",
        "made-email-verification",
        "made-sign-in-guesses",
        "made-member-removed",
        "made-member-demoted",
        "made-password-changed",
        "made-email-change-current",
        "made-email-change-new",
        "made-second-factor-on",
        "made-second-factor-off",
        "made-second-factor-reset",
        "made-second-factor-guesses",
        "made-webhook-failing",
        "made-webhook-disabled",
        "made-low-balance",
        "made-low-balance-test",
        "made-numbers",
        "made-automatic-top-up",
    ]
    assert await create_missing(mail) == []
    kept = httpx.get(
        f"{simulator.postmark_url}/templates/made-invitation",
        headers={"X-Postmark-Server-Token": POSTMARK_TOKEN},
    )
    assert kept.json()["TextBody"] == "Our words"


async def test_creating_templates_with_a_wrong_postmark_token_raises_an_error(
    simulator: Simulator,
) -> None:
    wrong = settings(simulator, "made-").model_copy(
        update={"postmark_server_token": SecretStr("wrong")}
    )
    with pytest.raises(Exception, match="401"):
        await create_missing(wrong)


def test_every_template_has_a_name_an_alias_and_both_bodies() -> None:
    assert all(all(template.values()) for template in templates("x-"))
