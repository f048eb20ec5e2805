"""The previous release works on the current schema, during an upgrade and after a rollback."""

import pytest

from deploy.local.account import temporary_state
from deploy.local.testkit.organisation import Organisation
from tests.fixtures.platform import Platform, audience, csv_of
from tests.fixtures.release_before import check_out, running_code_of
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

_TEXT = "Hi {{firstName}}, doors open at 7 pm."
_SETTLES_WITHIN = 60.0
_SINGLE, _STOPPING, _LATE = audience(3, first=91_000)
_GUESTS = audience(5, first=92_000)


def test_the_previous_release_works_on_the_current_schema(platform: Platform) -> None:
    with temporary_state() as folder:
        code = check_out(folder)
        acme = platform.organisation("Acme", cents=1_000)
        acme.list_from("Friends", csv_of([_STOPPING]))
        with running_code_of(platform.stack, code):
            acme.top_up(500)
            _send(acme, _SINGLE)
            _run_campaign(acme)
            assert _found(acme, "Ada", _STOPPING), "a contact that today's code has stored"
            acme.opt_out([_STOPPING])
            _add_contact(acme, _LATE)
        assert _found(acme, "Grace", _LATE), "a contact that the previous release has stored"
        assert acme.is_opted_out(_STOPPING)
        _send(acme, _LATE)
        _, checks = acme.settled_books(_SETTLES_WITHIN)
        assert [check for check in checks if not check.holds] == []


def _send(organisation: Organisation, phone: str) -> None:
    organisation.api.post("/api/sms/send", {"to": phone, "message": "Doors open at 7 pm."})
    wait_until_sync(
        lambda: any(text.to == phone for text in organisation.texts()), message="text sent"
    )


def _run_campaign(organisation: Organisation) -> None:
    list_id, _ = organisation.list_from("Guests", csv_of(_GUESTS))
    campaign_id = organisation.draft("Doors", list_id, _TEXT)
    organisation.send(campaign_id)
    organisation.wait_until_done(campaign_id)
    assert organisation.campaign(campaign_id)["status"] == "done"


def _add_contact(organisation: Organisation, phone: str) -> None:
    organisation.api.post("/api/contacts", {"phone": phone, "firstName": "Grace"})


def _found(organisation: Organisation, name: str, phone: str) -> bool:
    found = organisation.api.get("/api/contacts", search=name)["items"]
    return any(contact["phone"] == phone for contact in found)
