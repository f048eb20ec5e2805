"""Invalid requests get a problem document and reach no service."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from services.gateway.tests.members import Client, Member, fields_at_fault, problem
from services.gateway.tests.rpc.backends import FOREIGN_ID

JSON = {"Content-Type": "application/json"}
SEND = "/api/sms/send"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[" * 200_000,
        b'{"to": NaN}',
        b'{"amountCents": 1e999}',
        b'{"amountCents": ' + b"9" * 5000 + b"}",
        b'{"to": "1", "to": "2"}',
        b"\xef\xbb\xbf{}",
        '{"to": "1"}'.encode("utf-16"),
        b'{"to": "\xff"}',
    ],
)
def test_a_body_that_is_not_strict_json_is_malformed(
    client: Client, member: Member, body: bytes
) -> None:
    answer = client.post(SEND, content=body, headers={**member.headers, **JSON})
    problem(answer, 400, "malformed_json")


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"null"])
def test_a_body_must_be_an_object(client: Client, member: Member, body: bytes) -> None:
    answer = client.post(SEND, content=body, headers={**member.headers, **JSON})
    assert fields_at_fault(answer) == ["body"]


def test_one_response_lists_every_fault(client: Client, member: Member) -> None:
    body = {
        "to": "",
        "message": 1,
        "templateId": "not-a-uuid",
        "variables": {"firstName": "x" * 1601, "a": 2},
        "price": 0,
        "status": "delivered",
        "orgId": FOREIGN_ID,
    }
    answer = client.post(SEND, json=body, headers=member.headers)
    assert sorted(fields_at_fault(answer)) == [
        "message",
        "orgId",
        "price",
        "status",
        "templateId",
        "to",
        "variables.a",
        "variables.firstName",
    ]


@pytest.mark.parametrize(
    ("path", "body", "further"),
    [
        (SEND, {f"f{i}": 1 for i in range(5000)}, 4900),
        ("/api/auth/login", {f"f{i}": 1 for i in range(5000)}, 4902),
        ("/api/sms/batch", {"message": "hi", "numbers": [1] * 900}, 800),
        ("/api/sms/batch", {"message": "hi", "numbers": ["1" * 50] * 900}, 800),
    ],
    ids=["unknown fields", "by anybody", "kinds of items", "rules of items"],
)
def test_a_hundred_faults_are_listed_and_the_rest_are_counted(
    client: Client, member: Member, path: str, body: object, further: int
) -> None:
    answer = client.post(path, json=body, headers=member.headers)
    assert answer.status_code == 422
    assert len(answer.json()["errors"]) == 100
    assert answer.json()["furtherErrors"] in (further, further + 1)  # no items were read
    assert len(answer.content) < 20_000


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("/api/sms/batch", {"message": "hi", "numbers": [1] * 1001}, "numbers"),
        (SEND, {"to": "1", "variables": dict.fromkeys(map(str, range(51)), 1)}, "variables"),
        ("/api/sms/batch", {"numbers": [1] * 300_000}, "body"),
        ("/api/auth/login", {f"f{i}": 1 for i in range(90_000)}, "body"),
        ("/api/auth/login", {"email": [[1] * 200] * 200}, "body"),
    ],
    ids=["a list", "a map", "a long list", "fields by anybody", "lists of lists"],
)
def test_a_body_with_too_many_items_is_refused(
    client: Client, member: Member, path: str, body: object, field: str
) -> None:
    content = json.dumps(body, separators=(",", ":")).encode()
    answer = client.post(path, content=content, headers={**member.headers, **JSON})
    assert fields_at_fault(answer) == [field]


def test_commas_inside_a_string_do_not_count_as_items(client: Client, member: Member) -> None:
    answer = client.post(SEND, json={"message": "," * 30_000}, headers=member.headers)
    assert "body" not in fields_at_fault(answer)


def test_the_field_of_an_unstorable_string_is_named(client: Client, member: Member) -> None:
    body = b'{"to": "+1\\u0000", "message": "\\ud800"}'
    answer = client.post(SEND, content=body, headers={**member.headers, **JSON})
    assert sorted(fields_at_fault(answer)) == ["message", "to"]


@pytest.mark.parametrize(
    "amount", [0, -1, 99, 1_000_001, 0.1, 100.0, "100", True, 2**63, [100], 1e3]
)
def test_an_amount_must_be_an_integer_in_range(
    client: Client, member: Member, amount: object
) -> None:
    path = "/api/billing/stripe/checkout"
    answer = client.post(path, json={"amountCents": amount}, headers=member.headers)
    assert fields_at_fault(answer) == ["amountCents"]


def test_a_top_up_with_a_currency_field_is_refused(client: Client, member: Member) -> None:
    body = {"amountCents": 500, "currency": "eur"}
    answer = client.post("/api/billing/stripe/checkout", json=body, headers=member.headers)
    assert fields_at_fault(answer) == ["currency"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("pageSize=0", "pageSize"),
        ("pageSize=-1", "pageSize"),
        ("pageSize=1000000000", "pageSize"),
        ("pageSize=10.0", "pageSize"),
        ("pageSize=%EF%BC%91", "pageSize"),
        ("page=1&page=2", "page"),
        ("page_size=10", "page_size"),
        ("limit=0", "limit"),
        ("search=a%00b", "search"),
        ("listId=1", "listId"),
        ("search=" + "x" * 201, "search"),
    ],
)
def test_a_bad_query_parameter_is_reported_by_name(
    client: Client, member: Member, query: str, field: str
) -> None:
    answer = client.get(f"/api/contacts?{query}", headers=member.headers)
    assert fields_at_fault(answer) == [field]


@pytest.mark.parametrize("query", ["search=%ff", "search=%ED%A0%80", "&".join(["a=1"] * 101)])
def test_a_query_that_cannot_be_read_is_malformed(
    client: Client, member: Member, query: str
) -> None:
    answer = client.get(f"/api/contacts?{query}", headers=member.headers)
    problem(answer, 400, "malformed_query")


def test_a_bad_path_parameter_is_reported_by_name(client: Client, member: Member) -> None:
    assert fields_at_fault(client.get("/api/messages/1", headers=member.headers)) == ["id"]
    path = "/api/messages/thread/%ff"
    assert fields_at_fault(client.get(path, headers=member.headers)) == ["contactId"]


def test_path_variables_cannot_be_set_by_body_or_query(client: Client, member: Member) -> None:
    path = f"/api/contacts/{FOREIGN_ID}"
    patched = client.patch(path, json={"id": FOREIGN_ID}, headers=member.headers)
    assert fields_at_fault(patched) == ["id"]
    got = client.get(f"{path}?id={FOREIGN_ID}", headers=member.headers)
    assert fields_at_fault(got) == ["id"]


def test_a_route_with_a_body_refuses_query_parameters(client: Client, member: Member) -> None:
    answer = client.post(f"{SEND}?to=1", json={"to": "+14155550123"}, headers=member.headers)
    assert fields_at_fault(answer) == ["to"]


def test_a_get_request_with_a_body_is_refused(client: Client, member: Member) -> None:
    headers = {**member.headers, **JSON}
    assert fields_at_fault(client.request("GET", "/api/me", content=b"{}", headers=headers)) == [
        "body"
    ]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", ""],
)
def test_a_body_whose_content_type_is_not_json_is_refused(
    client: Client, member: Member, content_type: str
) -> None:
    headers = {**member.headers, "Content-Type": content_type}
    answer = client.post(SEND, content=b"{}", headers=headers)
    problem(answer, 415, "unsupported_media_type")


def test_the_content_type_of_json_may_declare_utf8(client: Client, member: Member) -> None:
    headers = {**member.headers, "Content-Type": 'application/json; charset="UTF-8"'}
    answer = client.patch("/api/me", content=b'{"name": "Bob"}', headers=headers)
    assert answer.json()["name"] == "Bob"


def test_an_absent_body_is_read_as_an_empty_object(client: Client, member: Member) -> None:
    assert client.patch("/api/me", headers=member.headers).status_code == 200
    assert fields_at_fault(client.post("/api/templates", headers=member.headers)) == [
        "name",
        "content",
    ]


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_size_limit_is_refused(
    client: Client, member: Member, chunked: bool
) -> None:
    body = json.dumps({"to": "1" * 1_100_000}).encode()
    content = iter([body[:1000], body[1000:]]) if chunked else body
    answer = client.post(SEND, content=content, headers={**member.headers, **JSON})
    assert problem(answer, 413, "payload_too_large")["errors"][0]["field"] == "body"


@pytest.mark.parametrize("path", ["/api", "/api/nothing", "/api/me/"])
def test_an_unknown_path_is_not_found(client: Client, member: Member, path: str) -> None:
    problem(client.get(path, headers=member.headers), 404, "route_not_found")


def test_an_encoded_slash_in_a_path_is_refused(client: Client, member: Member) -> None:
    answer = client.get("/api/contacts/a%2Fb", headers=member.headers)
    problem(answer, 400, "malformed_request")


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "OPTIONS", "TRACE", "POST"])
def test_a_wrong_method_gets_405_with_the_allowed_methods(
    client: Client, member: Member, verb: str
) -> None:
    answer = client.request(verb, "/api/me", headers=member.headers)
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, PATCH"


def test_a_well_formed_request_id_is_used(client: Client) -> None:
    sane = client.get("/api/nothing", headers={"X-Request-Id": "my-id.1"})
    assert sane.headers["X-Request-Id"] == sane.json()["requestId"] == "my-id.1"
    insane = client.get("/api/nothing", headers={"X-Request-Id": "x" * 65})
    assert insane.headers["X-Request-Id"] == insane.json()["requestId"] != "x" * 65


def test_identity_headers_of_callers_are_ignored(client: Client, member: Member) -> None:
    spoofed = {
        "X-Org-Id": FOREIGN_ID,
        "X-Tenant-Id": FOREIGN_ID,
        "X-User-Id": FOREIGN_ID,
        "X-Internal-Token": "x",
        "X-Forwarded-For": "1.2.3.4",
        "X-Forwarded-Host": "evil.test",
    }
    answer = client.get("/api/me", headers={**member.headers, **spoofed})
    assert (answer.json()["orgId"], answer.json()["id"]) == (member.org_id, member.id)


def test_a_large_header_causes_no_server_error(client: Client, member: Member) -> None:
    headers = {**member.headers, "X-Large": "x" * 60_000}
    assert client.get("/api/me", headers=headers).status_code < 500
    assert client.get("/api/me", headers=member.headers).status_code == 200


def test_a_body_that_ends_early_is_refused(gateway_url: str, member: Member) -> None:
    address = urlsplit(gateway_url)
    head = (
        f"POST {SEND} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: {member.headers['Authorization']}\r\nContent-Length: 100\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(head.encode() + b'{"to": "1"')
        connection.shutdown(socket.SHUT_WR)
        status_line = connection.recv(4096).split(b"\r\n")[0]
    assert b" 400 " in status_line


def test_a_put_without_a_body_is_refused(client: Client, member: Member) -> None:
    answer = client.put("/api/settings/quiet-hours", headers=member.headers)
    assert fields_at_fault(answer) == ["body"]
