"""Browsers get hints about committed changes of their own organisation, and of no other."""

import time
from uuid import UUID

import pytest

from servicekit.hints import Hint, Topic
from servicekit.ids import new_id
from services.gateway.tests.members import Client, Member, sign_up
from services.gateway.tests.stream.conftest import Commit, Open


def hint(member: Member, topic: Topic = Topic.CAMPAIGN, id_: UUID | None = None) -> Hint:
    return Hint(UUID(member.org_id), topic, id_)


def test_a_stream_begins_with_a_resync(member: Member, open_stream: Open) -> None:
    with open_stream(member) as stream:
        first = stream.next()
        assert (first.name, first.data) == ("resync", {"reason": "connected"})
        assert first.id


def test_browsers_get_a_hint_about_a_commit_with_topic_id_and_version(
    member: Member, open_stream: Open, commit: Commit
) -> None:
    campaign = new_id()
    with open_stream(member) as stream:
        stream.next()
        commit(member.org_id, Hint(UUID(member.org_id), Topic.CAMPAIGN, campaign, 7))
        assert stream.next_hint() == {"topic": "campaign", "id": str(campaign), "version": 7}


def test_browsers_get_no_hint_about_a_transaction_that_is_rolled_back(
    member: Member, open_stream: Open, commit: Commit
) -> None:
    with open_stream(member) as stream:
        stream.next()
        with pytest.raises(RuntimeError):
            commit(member.org_id, hint(member, Topic.CAMPAIGN), fails=True)
        commit(member.org_id, hint(member, Topic.CONTACT))
        assert stream.next_hint()["topic"] == "contact"


def test_browsers_of_another_organisation_get_no_hint(
    client: Client, member: Member, open_stream: Open, commit: Commit
) -> None:
    other = sign_up(client)
    with open_stream(other) as stream:
        stream.next()
        commit(member.org_id, hint(member, Topic.CAMPAIGN))
        commit(other.org_id, hint(other, Topic.BALANCE))
        assert stream.next_hint()["topic"] == "balance"


def test_an_object_that_changes_often_causes_two_hints_a_second(
    member: Member, open_stream: Open, commit: Commit
) -> None:
    campaign = new_id()
    with open_stream(member) as stream:
        stream.next()
        began = time.monotonic()
        for _ in range(100):
            commit(member.org_id, hint(member, Topic.MESSAGE, campaign))
        commit(member.org_id, hint(member, Topic.EXPORT))
        topics: list[str] = []
        while "export" not in topics:
            topics.append(stream.next_hint()["topic"])
        # Two a second, one at the beginning, one that was under way, and the export's own.
        assert len(topics) <= 2 * (time.monotonic() - began) + 3


def test_changes_of_many_objects_of_one_topic_cause_one_hint(
    member: Member, open_stream: Open, commit: Commit
) -> None:
    with open_stream(member) as stream:
        stream.next()
        commit(member.org_id, *(hint(member, Topic.CONTACT, new_id()) for _ in range(60)))
        assert stream.next_hint() == {"topic": "contact", "id": None, "version": None}


def test_a_browser_that_reconnects_gets_the_events_that_it_missed(
    member: Member, open_stream: Open, commit: Commit
) -> None:
    missed = new_id()
    with open_stream(member) as stream, open_stream(member) as other:
        last = stream.next().id
        other.next()
        commit(member.org_id, hint(member, Topic.CAMPAIGN, missed))
        other.next_hint()
    with open_stream(member, last) as stream:
        assert stream.next_hint()["id"] == str(missed)


@pytest.mark.parametrize("last_event_id", ["0f0f0f0f-1", "nonsense", "0f0f0f0f-" + "9" * 5000])
def test_a_browser_that_reconnects_with_an_unknown_event_id_gets_a_resync(
    member: Member, open_stream: Open, last_event_id: str
) -> None:
    with open_stream(member, last_event_id[:4000]) as stream:
        assert stream.next().name == "resync"
