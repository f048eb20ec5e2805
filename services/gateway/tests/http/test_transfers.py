"""Uploads and downloads are streamed and limited."""

import hashlib
import os
from typing import Any

import httpx
import pytest

from services.gateway.tests.members import Client, Member, fields_at_fault, problem
from services.gateway.tests.rpc.backends import EXPORT_CHUNK, EXPORT_CHUNKS, MISSING_ID

IMPORT = "/api/contacts/import"
CSV = b"phone,name\r\n" + b"+14155550123,Ann\r\n" * 20_000


def upload(client: Client, member: Member, content: bytes, **form: str) -> httpx.Response:
    files = {"file": ("contacts.csv", content, "text/csv")}
    return client.post(IMPORT, data=form, files=files, headers=member.headers)


def raw_form(client: Client, member: Member, *parts: bytes, end: bytes = b"--x--\r\n") -> Any:
    headers = {**member.headers, "Content-Type": "multipart/form-data; boundary=x"}
    body = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + end
    return client.post(IMPORT, content=body, headers=headers)


FILE = b'Content-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nphone'
FIELD = b'Content-Disposition: form-data; name="%b"\r\n\r\n%b'


@pytest.mark.parametrize(
    "content",
    [
        CSV,
        b"",
        b"\r\n--x\r\n-- --",
        b"%PDF-1.7\r\n" + os.urandom(300_000),
        b"PK\x03\x04" + os.urandom(70_000),
        bytes(range(256)) * 300,
    ],
    ids=["csv", "empty", "boundaries", "pdf", "zip", "bytes"],
)
def test_a_file_is_passed_on_unchanged_in_small_pieces(
    client: Client, member: Member, content: bytes
) -> None:
    answer = upload(client, member, content)
    assert answer.status_code == 200
    [note] = answer.json()["errors"]
    assert answer.json()["created"] == len(content)
    assert note["field"] == hashlib.sha256(content).hexdigest()
    assert note["row"] <= 64 * 1024


def test_the_fields_of_a_form_are_in_the_first_message_to_the_service(
    client: Client, member: Member
) -> None:
    answer = upload(client, member, CSV, mapping='{"Phone": "phone"}', defaultCountry="DE")
    assert answer.json()["errors"][0]["message"] == "{'Phone': 'phone'}"


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"mapping": '{"Phone": "fax"}'}, "mapping.Phone"),
        ({"mapping": "{"}, "mapping"),
        ({"defaultCountry": "de"}, "defaultCountry"),
        ({"listId": "1"}, "listId"),
        ({"nonsense": "1"}, "nonsense"),
    ],
)
def test_a_bad_form_field_is_reported_by_name(
    client: Client, member: Member, form: dict[str, str], field: str
) -> None:
    assert fields_at_fault(upload(client, member, CSV, **form)) == [field]


def test_a_form_without_a_file_is_refused(client: Client, member: Member) -> None:
    answer = raw_form(client, member, FIELD % (b"mapping", b"{}"))
    assert fields_at_fault(answer) == ["file"]


def test_the_parts_of_a_form_come_in_any_order(client: Client, member: Member) -> None:
    mapping = FIELD % (b"mapping", b'{"Phone": "phone"}')
    answer = raw_form(client, member, FILE, mapping)
    assert answer.json()["created"] == len(b"phone")
    assert answer.json()["errors"][0]["message"] == "{'Phone': 'phone'}"


def test_a_json_part_of_a_form_may_have_a_file_name(client: Client, member: Member) -> None:
    part = b'Content-Disposition: form-data; name="mapping"; filename="blob"\r\n\r\n{"A": "phone"}'
    answer = raw_form(client, member, part, FILE)
    assert answer.json()["errors"][0]["message"] == "{'A': 'phone'}"


def test_a_second_file_and_a_file_with_another_name_are_refused(
    client: Client, member: Member
) -> None:
    assert fields_at_fault(raw_form(client, member, FILE, FILE)) == ["file"]
    other = FILE.replace(b'"file"', b'"photo"')
    assert fields_at_fault(raw_form(client, member, other)) == ["file"]
    assert fields_at_fault(raw_form(client, member, other, FILE)) == ["photo"]


def test_a_file_can_be_uploaded_as_the_request_body(client: Client, member: Member) -> None:
    headers = {**member.headers, "Content-Type": "text/csv; charset=utf-8"}
    wanted = {"mapping": '{"Phone": "phone"}', "defaultCountry": "DE"}
    answer = client.post(IMPORT, content=CSV, params=wanted, headers=headers)
    assert answer.json()["created"] == len(CSV)
    [note] = answer.json()["errors"]
    assert note["field"] == hashlib.sha256(CSV).hexdigest()
    assert note["message"] == "{'Phone': 'phone'}"


def test_a_body_over_the_size_limit_is_refused(client: Client, member: Member) -> None:
    headers = {**member.headers, "Content-Type": "text/csv"}
    content = b"," * (3 * 1024 * 1024 + 1)
    answer = client.post(IMPORT, content=content, headers=headers)
    problem(answer, 413, "payload_too_large")


def test_a_field_in_the_query_and_in_the_form_is_refused(client: Client, member: Member) -> None:
    files = {"file": ("a.csv", CSV, "text/csv")}
    answer = client.post(
        f"{IMPORT}?defaultCountry=DE",
        data={"defaultCountry": "DE"},
        files=files,
        headers=member.headers,
    )
    assert fields_at_fault(answer) == ["defaultCountry"]
    answer = client.post(f"{IMPORT}?defaultCountry=de", files=files, headers=member.headers)
    assert fields_at_fault(answer) == ["defaultCountry"]


def test_a_field_that_is_too_long_is_refused(client: Client, member: Member) -> None:
    answer = raw_form(client, member, FIELD % (b"mapping", b"x" * 70_000), FILE)
    assert fields_at_fault(answer) == ["mapping"]


@pytest.mark.parametrize(
    ("content_type", "status", "code"),
    [
        ("application/json", 415, "unsupported_media_type"),
        ("application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        ("multipart/form-data", 415, "unsupported_media_type"),
        (f"multipart/form-data; boundary={'x' * 300}", 415, "unsupported_media_type"),
        ("multipart/form-data; boundary=y", 400, "malformed_form"),
    ],
)
def test_a_body_that_is_not_a_form_is_refused(
    client: Client, member: Member, content_type: str, status: int, code: str
) -> None:
    headers = {**member.headers, "Content-Type": content_type}
    body = b"--x\r\n" + FILE + b"\r\n--x--\r\n"
    problem(client.post(IMPORT, content=body, headers=headers), status, code)


def test_an_incomplete_form_is_malformed(client: Client, member: Member) -> None:
    problem(raw_form(client, member, FILE, end=b""), 400, "malformed_form")


@pytest.mark.parametrize("chunked", [False, True])
def test_an_upload_over_the_size_limit_is_refused(
    client: Client, member: Member, chunked: bool
) -> None:
    big = b"--x\r\n" + FILE + b"," * 3 * 1024 * 1024 + b"\r\n--x--\r\n"
    headers = {**member.headers, "Content-Type": "multipart/form-data; boundary=x"}
    content = iter([big[i : i + 65536] for i in range(0, len(big), 65536)]) if chunked else big
    problem(client.post(IMPORT, content=content, headers=headers), 413, "payload_too_large")


def test_a_service_can_refuse_an_upload_before_its_end(client: Client, member: Member) -> None:
    files = {"file": ("a.csv", CSV * 5, "text/csv")}
    answer = client.post(f"{IMPORT}/preview", files=files, headers=member.headers)
    assert fields_at_fault(answer) == ["file"]


def test_an_upload_with_an_idempotency_key_runs_once(client: Client, member: Member) -> None:
    keyed = Member(member.session)
    headers = {**keyed.headers, "Idempotency-Key": "import-1"}

    def send(content: bytes) -> httpx.Response:
        files = {"file": ("a.csv", content, "text/csv")}
        return client.post(IMPORT, files=files, headers=headers)

    first, again, other = send(CSV), send(CSV), send(CSV + b"x")
    assert first.status_code == 200
    assert "Idempotency-Replayed" not in first.headers
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    problem(other, 409, "idempotency_key_reused")


def test_a_download_streams_as_a_file(client: Client, member: Member) -> None:
    with client.stream("GET", "/api/contacts/export", headers=member.headers) as answer:
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "text/csv"
        assert answer.headers["Content-Disposition"] == (
            'attachment; filename="contacts-export.csv"'
        )
        assert "Content-Length" not in answer.headers
        content = b"".join(answer.iter_bytes())
    assert content == EXPORT_CHUNK * EXPORT_CHUNKS


def test_a_download_that_fails_before_its_first_byte_gets_an_error_response(
    client: Client, member: Member
) -> None:
    path = f"/api/contacts/export?listId={MISSING_ID}"
    problem(client.get(path, headers=member.headers), 404, "list_not_found")


def test_a_download_can_be_cancelled(client: Client, member: Member) -> None:
    with client.stream("GET", "/api/contacts/export", headers=member.headers) as answer:
        assert next(answer.iter_raw())
    assert client.get("/api/me", headers=member.headers).status_code == 200
