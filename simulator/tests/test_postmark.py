"""Send mails in Postmark's wire format."""

import io
from typing import Any

import orjson
import pytest

from simulator.tests.conftest import POSTMARK_TOKEN, LiveSimulator

MAIL = {
    "From": "SMSBlaster <no-reply@example.com>",
    "To": "Ann <ann@example.com>, bob@example.com",
    "Subject": "Hello",
    "TextBody": "Hi there",
    "Metadata": {"id": "7"},
}


async def post(
    sim: LiveSimulator, path: str, body: Any, token: str = POSTMARK_TOKEN
) -> tuple[int, Any]:
    headers = {"X-Postmark-Server-Token": token, "Content-Type": "application/json"}
    data = io.BytesIO(orjson.dumps(body))
    url = f"/api.postmarkapp.com{path}"
    async with sim.http.post(url, data=data, headers=headers) as response:
        return response.status, await response.json()


async def test_an_accepted_mail_is_stored_and_listed(sim: LiveSimulator) -> None:
    status, answer = await post(sim, "/email", MAIL)
    assert (status, answer["ErrorCode"], answer["Message"]) == (200, 0, "OK")
    outbox = (await sim.get("/sim/outbox"))["messages"]
    assert [mail["MessageID"] for mail in outbox] == [answer["MessageID"]]
    assert outbox[0]["Recipients"] == ["ann@example.com", "bob@example.com"]
    assert (await sim.get("/sim/outbox?recipient=bob@example.com"))["messages"] == outbox
    assert (await sim.get("/sim/outbox?recipient=eve@example.com"))["messages"] == []
    headers = {"X-Postmark-Server-Token": POSTMARK_TOKEN}
    async with sim.http.get(
        "/api.postmarkapp.com/messages/outbound?count=10&offset=0&recipient=ann@example.com",
        headers=headers,
    ) as response:
        assert (await response.json())["TotalCount"] == 1


async def test_with_postmarks_test_token_mails_are_validated_but_not_stored(
    sim: LiveSimulator,
) -> None:
    status, answer = await post(sim, "/email", MAIL, "POSTMARK_API_TEST")
    assert (status, answer["ErrorCode"]) == (200, 0)
    assert not (await sim.get("/sim/outbox"))["messages"]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"To": ""}, 422, 300),
        ({"To": ",".join(f"a{n}@example.com" for n in range(51))}, 422, 300),
        ({"From": ""}, 422, 300),
        ({"To": "gone@inactive.example"}, 422, 406),
        ({"MessageStream": "nowhere"}, 422, 1235),
        ({"TextBody": "x" * (10 * 1024 * 1024)}, 413, 413),
    ],
)
async def test_a_bad_mail_is_refused_with_postmarks_code(
    sim: LiveSimulator, change: dict[str, str], status: int, code: int
) -> None:
    got, answer = await post(sim, "/email", {**MAIL, **change})
    assert (got, answer["ErrorCode"]) == (status, code)
    assert not (await sim.get("/sim/outbox"))["messages"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            {"To": "nonsense"},
            "Error parsing 'To': Illegal email address 'nonsense'. It must contain the '@' symbol.",
        ),
        ({"To": "ann@nowhere"}, "Invalid 'To' address: 'ann@nowhere'."),
        ({"From": "ann@nowhere"}, "Invalid 'From' address: 'ann@nowhere'."),
        ({"TextBody": ""}, "Provide either email TextBody or HtmlBody or both."),
    ],
)
async def test_wrong_fields_of_a_mail_are_refused_with_one_code_and_different_messages(
    sim: LiveSimulator, change: dict[str, str], words: str
) -> None:
    got, answer = await post(sim, "/email", {**MAIL, **change})
    assert (got, answer) == (422, {"ErrorCode": 300, "Message": words})
    assert not (await sim.get("/sim/outbox"))["messages"]


async def test_a_wrong_token_is_refused(sim: LiveSimulator) -> None:
    status, answer = await post(sim, "/email", MAIL, "wrong")
    assert (status, answer["ErrorCode"]) == (401, 10)


async def test_the_response_to_a_batch_has_a_result_for_each_mail(sim: LiveSimulator) -> None:
    status, answers = await post(sim, "/email/batch", [MAIL, {**MAIL, "To": "nonsense"}])
    assert status == 200
    assert [answer["ErrorCode"] for answer in answers] == [0, 300]
    assert len((await sim.get("/sim/outbox"))["messages"]) == 1
    status, answer = await post(sim, "/email/batch", [MAIL] * 501)
    assert answer["ErrorCode"] == 410


async def test_a_template_is_filled_in(sim: LiveSimulator) -> None:
    template = {
        "Name": "Receipt",
        "Alias": "receipt",
        "Subject": "Thanks, {{name}}",
        "TextBody": "{{#items}}{{title}}: {{price}}\n{{/items}}Total {{order.total}}{{missing}}",
    }
    await post(sim, "/templates", template)
    model = {
        "name": "Ann",
        "items": [{"title": "A", "price": 1}, {"title": "B", "price": 2}],
        "order": {"total": 3},
    }
    asked = {**MAIL, "TemplateAlias": "receipt", "TemplateModel": model}
    await post(sim, "/email/withTemplate", asked)
    mail = (await sim.get("/sim/outbox"))["messages"][0]
    assert (mail["Subject"], mail["TextBody"]) == ("Thanks, Ann", "A: 1\nB: 2\nTotal 3")
    status, answer = await post(sim, "/email/withTemplate", {**asked, "TemplateAlias": "other"})
    assert (status, answer["ErrorCode"]) == (422, 1101)
