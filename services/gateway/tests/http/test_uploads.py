"""Forms are read in any order of their parts, up to a size."""

import io

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from servicekit.errors import InvalidInput
from services.gateway.http.uploads import READ_AHEAD, Upload, upload_of

FIELD = b'--x\r\nContent-Disposition: form-data; name="mapping"\r\n\r\n{}\r\n'
FILE = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n%b\r\n'
END = b"--x--\r\n"


def received(*parts: bytes, query: str = "") -> Upload:
    builder = EnvironBuilder(
        method="POST",
        query_string=query,
        content_type="multipart/form-data; boundary=x",
        input_stream=io.BytesIO(b"".join(parts) + END),
    )
    return upload_of(Request(builder.get_environ()))


@pytest.mark.parametrize("size", [0, 1, 200_000, READ_AHEAD - 100_000])
def test_a_form_field_after_the_file_reaches_the_service_before_the_file(size: int) -> None:
    content = b"," * size
    upload = received(FILE % content, FIELD, query="defaultCountry=DE")
    assert upload.fields() == [("defaultCountry", "DE"), ("mapping", "{}")]
    assert b"".join(upload.chunks()) == content


def test_a_form_field_after_a_large_file_is_refused() -> None:
    upload = received(FILE % (b"," * (READ_AHEAD + 200_000)), FIELD)
    assert upload.fields() == []
    with pytest.raises(InvalidInput) as refused:
        list(upload.chunks())
    [fault] = refused.value.fields
    assert fault.field == "mapping"
    assert "query parameter" in fault.message


def test_a_large_file_after_the_fields_is_passed_on_in_small_pieces() -> None:
    content = b"," * (READ_AHEAD + 200_000)
    upload = received(FIELD, FILE % content)
    assert upload.fields() == [("mapping", "{}")]
    pieces = list(upload.chunks())
    assert b"".join(pieces) == content
    assert max(map(len, pieces)) <= 64 * 1024


def test_the_order_of_form_parts_does_not_change_the_fingerprint_of_a_request() -> None:
    prints = set()
    for parts in ((FIELD, FILE % b"phone"), (FILE % b"phone", FIELD)):
        upload = received(*parts)
        upload.fields()
        next(upload.chunks())  # a service may stop reading before the end
        prints.add(upload.fingerprint())
    assert len(prints) == 1
    other = received(FIELD, FILE % b"phones")
    other.fields()
    assert other.fingerprint() not in prints
