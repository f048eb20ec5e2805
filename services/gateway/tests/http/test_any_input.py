"""Any input to any route gets a response or a problem document, never a server error."""

import json
import string
from collections.abc import Iterator
from typing import Any

import httpx
import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.local.topology import SERVICES
from servicekit.db.database import Database
from servicekit.web.loop_thread import LoopThread
from services.gateway.http.contract import Method, public_methods
from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.members import Client, Member, sign_up
from services.gateway.tests.rpc.backends import running_nothing
from services.gateway.usecases.grant_operator import GrantOperator
from tests.fixtures.running import INTERNAL_KEY_TEXT, listening

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["", " ", "+14155550123", "0190e2a0-0000-7000-8000-000000000001"])
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=5,
)
PATH_TEXT = st.text(string.ascii_letters + string.digits + "-._~%+ ", min_size=1, max_size=40)
BUSINESS = {200, 201, 202, 204, 400, 401, 404, 405, 409, 422, 429}


@pytest.fixture(scope="module")
def fuzzed(
    settings: GatewaySettings,
    tmp_path_factory: pytest.TempPathFactory,
    loop: LoopThread,
    database: Database,
) -> Iterator[tuple[Client, Member]]:
    """Run a gateway whose services accept every method, and yield a signed-in operator."""
    with running_nothing(INTERNAL_KEY_TEXT) as address:
        services = [f"{name}_addr" for name in SERVICES if name != "gateway"]
        changes = {**dict.fromkeys(services, address), "ops_listen": listening()}
        folder = tmp_path_factory.mktemp("fuzzed")
        with (
            serving(settings.model_copy(update=changes), folder) as url,
            httpx.Client(base_url=url, timeout=60) as client,
        ):
            member = sign_up(client)
            loop.run(GrantOperator(database).grant(member.email))
            yield client, member


def fields_of(method: Method) -> list[str]:
    return [field.json_name for field in method.descriptor.input_type.fields]


@pytest.mark.parametrize("method", public_methods(), ids=lambda method: method.name)
@hypothesis.settings(max_examples=3)
@given(data=st.data())
def test_no_input_causes_a_server_error(
    fuzzed: tuple[Client, Member], method: Method, data: st.DataObject
) -> None:
    client, member = fuzzed
    names = st.sampled_from([*fields_of(method), "nonsense"])
    path = method.path.format(**{name: data.draw(PATH_TEXT) for name in method.variables})
    given_fields = data.draw(st.dictionaries(names, VALUES, max_size=4))
    headers = dict(member.headers)
    if method.has_body and not method.uploads:
        headers["Content-Type"] = "application/json"
    answer = client.request(method.verb, path, headers=headers, **_sent(method, given_fields))
    assert answer.status_code in BUSINESS, answer.text
    if answer.status_code >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"]


def _sent(method: Method, fields: dict[str, Any]) -> dict[str, Any]:
    """Return how a client sends `fields`: as JSON, a form or a query string."""
    texts = {name: str(value).encode("utf-8", "replace").decode() for name, value in fields.items()}
    if method.uploads:
        return {"data": texts, "files": {"file": ("a.csv", b"phone", "text/csv")}}
    if method.has_body:
        return {"content": json.dumps(fields).encode()}
    return {"params": texts}
