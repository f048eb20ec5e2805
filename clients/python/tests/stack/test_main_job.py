"""The main job of the platform, with the client: import, campaign, results, reply, webhook."""

import csv
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from smsblaster import ApiError, Client, webhooks
from smsblaster.generated.models.contact_list import ContactList
from smsblaster.generated.models.import_job import ImportJob
from tests.stack.local_server import local_server
from tests.stack.surroundings import URL, receive, wait_until

ADA, UNREACHABLE = "+12126300001", "+16465553003"


def refusal(call: Callable[[], object]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        call()
    return caught.value


def outcomes(client: Client, campaign_id: UUID) -> tuple[int, int]:
    metrics = client.campaigns.metrics(campaign_id)
    return metrics.delivered, metrics.failed


def test_a_file_is_imported_with_progress_and_its_bad_row_is_named(
    client: Client, people: Path
) -> None:
    seen: list[ImportJob] = []
    job = client.contacts.import_csv(
        people, mapping={"Mobile": "phone"}, on_progress=seen.append, interval=0.2
    )
    assert seen[-1] == job
    assert (job.status, job.rows_read, job.total_rows, job.skipped) == ("done", 4, 4, 1)
    [error] = client.contacts.import_errors(job.id)
    assert (error.field, error.value) == ("phone", "12")


def test_contacts_are_found_changed_and_deleted(client: Client, tmp_path: Path) -> None:
    tag = uuid4().hex
    made = [
        client.contacts.create(f"+1212631{n:04}", first_name="Ada", tags=[tag]) for n in range(3)
    ]
    assert {found.id for found in client.contacts.list(tag=tag)} == {each.id for each in made}
    changed = client.contacts.update(made[0].id, first_name=None, last_name="Lovelace")
    assert (changed.first_name, changed.last_name, changed.tags) == (None, "Lovelace", [tag])
    vips = client.lists.create(tag)
    assert client.lists.add(vips.id, [each.id for each in made]) == 3
    assert client.lists.remove(vips.id, [made[0].id]) == 1
    saved = client.contacts.export_csv(tmp_path / "vips.csv", list_id=vips.id)
    assert len(saved.read_text("utf-8").splitlines()) == 1 + 2
    client.contacts.opt_out(made[1].id)
    assert refusal(lambda: client.messages.send(made[1].phone, "Hi")).code == "opted_out"
    client.contacts.delete(made[2].id)
    assert refusal(lambda: client.contacts.get(made[2].id)).status == 404


def test_a_campaign_is_quoted_sent_and_watched_and_its_errors_are_explained(
    client: Client, guests: ContactList, tmp_path: Path
) -> None:
    template = client.templates.create(f"Doors {uuid4()}", "Hi {{firstName}}, doors open at 7.")
    draft = client.campaigns.create(
        "Doors", template_id=template.id, list_id=guests.id, reference="doors-1"
    )
    quote = client.campaigns.quote(draft.id)
    assert (quote.recipients, quote.total_cents, quote.balance_covers) == (3, 3, True)
    assert (
        refusal(lambda: client.campaigns.send(draft.id, price_version="old")).code
        == "price_changed"
    )
    [unsent] = client.campaigns.watch(draft.id)
    assert unsent.campaign.status == "draft"
    client.campaigns.send(draft.id, price_version=quote.price_version)
    *_, last = client.campaigns.watch(draft.id, interval=0.3, timeout=90)
    assert (last.campaign.status, last.metrics.recipients) == ("done", 3)
    wait_until(lambda: outcomes(client, draft.id) == (2, 1))
    results = {row.to: row for row in client.campaigns.results(draft.id)}
    assert results[ADA].status == "delivered"
    assert results[ADA].reference == "doors-1"
    assert results[UNREACHABLE].error_code == 30003
    [error] = client.campaigns.errors(draft.id)
    assert (error.count, error.retryable) == (1, True)
    saved = client.campaigns.export_csv(draft.id, tmp_path / "results.csv")
    with saved.open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == 1 + 3
    retry = client.campaigns.retry(draft.id, retryable_only=True)
    assert (retry.retry_of, retry.status) == (draft.id, "draft")
    assert draft.id in {campaign.id for campaign in client.campaigns.list(status=["done"])}


def test_two_calls_with_the_same_idempotency_key_send_one_text(
    client: Client, tmp_path: Path
) -> None:
    key, reference, before = str(uuid4()), str(uuid4()), client.billing.balance().balance_cents
    assert client.messages.quote("Your order is ready.", numbers=[ADA]).total_cents == 1
    first, again = (
        client.messages.send(ADA, "Your order is ready.", reference=reference, idempotency_key=key)
        for _ in range(2)
    )
    assert first == again
    assert client.billing.balance().balance_cents == before - 1
    wait_until(lambda: client.messages.get(first.id).message.status == "delivered")
    assert [each.id for each in client.messages.list(reference=reference)] == [first.id]
    assert [each.id for each in client.history.list(reference=reference)] == [first.id]
    charge = next(client.billing.transactions(type_="debit"))
    assert (charge.amount_cents, charge.external_id) == (1, str(first.id))
    saved = client.history.export_csv(tmp_path / "h.csv", reference=reference, interval=0.2)
    assert reference in saved.read_text("utf-8")
    another = refusal(lambda: client.messages.send(ADA, "Another text.", idempotency_key=key))
    assert another.code == "idempotency_key_reused"


def test_a_conversation_has_a_persons_message_and_our_reply(client: Client) -> None:
    person = "+12126320001"
    receive(person, "Is there parking?")
    talk = wait_until(
        lambda: [each for each in client.inbox.conversations(unread=True) if each.phone == person]
    )[0]
    assert talk.last_message == "Is there parking?"
    reply = client.inbox.reply(talk.contact_id, "Yes, behind the house.")
    assert [each.message for each in client.inbox.messages(talk.contact_id)] == [
        "Is there parking?",
        "Yes, behind the house.",
    ]
    assert reply.to == person
    assert not [each for each in client.inbox.conversations(unread=True) if each.phone == person]


def test_a_signed_webhook_call_is_verified_and_one_with_a_changed_body_is_refused(
    client: Client,
) -> None:
    with local_server() as server:
        made = client.webhook_endpoints.create(server.url, event_types=["number.released"])
        client.webhook_endpoints.test(made.endpoint.id)
        headers, body = wait_until(lambda: server.calls)[0]
        event = webhooks.verify(body, headers, made.secret)
        assert event.type == "endpoint.test"
        with pytest.raises(webhooks.VerificationError):
            webhooks.verify(body + b" ", headers, made.secret)
        delivered = wait_until(
            lambda: [
                each
                for each in client.webhook_endpoints.deliveries(made.endpoint.id)
                if each.status == "delivered"
            ]
        )
        assert [str(each.event_id) for each in delivered] == [event.id]
        client.webhook_endpoints.delete(made.endpoint.id)


def test_a_wrong_api_key_raises_an_error_with_status_401(client: Client) -> None:
    with Client("sk_wrong", URL) as stranger:
        error = refusal(stranger.billing.balance)
    assert (error.status, error.code) == (401, "unauthenticated")
    assert error.request_id
