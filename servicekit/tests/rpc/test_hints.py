"""Browsers get hints about changes by users. The topic is that of the called service."""

from types import SimpleNamespace

import pytest

from servicekit.hints import Hint, Topic
from servicekit.identity import Identity
from servicekit.ids import new_id
from servicekit.rpc.access import rules_of
from servicekit.rpc.hints import TOPICS, hints_of_call
from services.gateway.http.contract import public_methods

ORG = new_id()
USER = Identity("gateway", ORG, new_id())
WRITE = "/smsblaster.campaigns.v1.CampaignService/PauseCampaign"


@pytest.mark.parametrize("service", TOPICS)
def test_the_table_of_topics_contains_only_existing_services(service: str) -> None:
    methods = [
        m
        for m in public_methods()
        if m.descriptor.containing_service.full_name == f"smsblaster.{service}"
    ]
    assert methods
    field = TOPICS[service][1]
    assert not field or any(field in m.descriptor.input_type.fields_by_name for m in methods)


def test_the_hint_about_a_change_has_the_id_from_the_request() -> None:
    request = SimpleNamespace(id=str(ORG))
    told = list(hints_of_call(rules_of(WRITE), request, USER))
    assert told == [Hint(ORG, Topic.CAMPAIGN, ORG)]


@pytest.mark.parametrize(("answered", "version"), [(ORG, 7), (USER.user_id, None)])
def test_the_hint_about_a_change_has_the_version_from_the_response(
    answered: object, version: int | None
) -> None:
    request = SimpleNamespace(id=str(ORG))
    answer = SimpleNamespace(id=str(answered), version=7)
    told = list(hints_of_call(rules_of(WRITE), request, USER, answer))
    assert told == [Hint(ORG, Topic.CAMPAIGN, ORG, version)]


def test_the_hint_about_a_change_without_an_id_has_only_the_topic() -> None:
    rules = rules_of("/smsblaster.contacts.v1.TransferService/ImportContacts")
    assert list(hints_of_call(rules, object(), USER)) == [Hint(ORG, Topic.CONTACT)]


@pytest.mark.parametrize(
    "method",
    [
        "/smsblaster.campaigns.v1.CampaignService/GetCampaign",
        "/smsblaster.messaging.v1.NumberService/ListAvailableNumbers",
        "/smsblaster.billing.v1.BillingSettingsService/UpdateBillingSettings",
    ],
)
def test_no_hint_is_sent_for_reads_or_for_services_that_have_no_topic(method: str) -> None:
    assert not list(hints_of_call(rules_of(method), object(), USER))


def test_calls_that_services_make_send_no_hint() -> None:
    request = SimpleNamespace(id=str(ORG))
    assert not list(hints_of_call(rules_of(WRITE), request, Identity("campaigns", ORG)))
