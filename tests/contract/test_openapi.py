"""Send random requests to every route of the OpenAPI document, and fail on undocumented responses.

The requests are made from the document: valid requests with ids that exist and ids that don't, and
invalid requests. They are the same in every run.
"""

from collections.abc import Iterator, Sequence
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import BaseSchema, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from services.gateway.http.contract import Method, public_methods
from tests.contract.callers import Callers, callers_of
from tests.fixtures.platform import Platform

pytestmark = pytest.mark.stack

OF_EACH_ROUTE = 4
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Routes on which no random request can succeed: the callers have no link to an export or a picture,
# no dead letter, no failed texts of an event, no id of a logged request, and nobody closes their
# organisation.
OUT_OF_REACH = frozenset(
    (
        "ExportService.DownloadExport",
        "MediaService.DownloadMedia",
        "DeadLetterService.GetDeadLetter",
        "EventSmsRetryService.GetSmsRetry",
        "OrganisationClosingService.GetClosing",
        "RequestLogService.GetRequest",
    )
)
# Routes that come late, because other requests would be refused after them: a changed event may be
# in the past, and a changed attendee may have no phone number.
FORFEITING = frozenset(("cancel", "members", "release", "{eventId}", "{attendeeId}"))


def what_it_leaves(method: Method) -> int:
    """Return a sort key for the order in which routes are tested.

    Routes that create objects come first, and routes that delete objects come last. The contents of
    an object are deleted before the object.
    """
    if method.verb == "DELETE" and method.path.endswith("}"):
        return 100 - method.path.count("/")
    return int(method.path.rpartition("/")[2] in FORFEITING)


METHODS: Sequence[Method] = sorted(public_methods(), key=what_it_leaves)


@pytest.fixture(scope="module")
def callers(platform: Platform) -> Callers:
    return callers_of(platform)


@pytest.fixture(scope="module")
def served(platform: Platform) -> BaseSchema:
    """Return the OpenAPI document that the platform serves."""
    answer = httpx.get(f"{platform.stack.gateway_url}/api/openapi.json").raise_for_status()
    document = schemathesis.openapi.from_dict(answer.json())
    document.config.update(base_url=platform.stack.gateway_url)
    document.config.generation.update(with_security_parameters=False)
    return document


def test_the_openapi_document_has_every_route(served: BaseSchema) -> None:
    told = {(path, verb.upper()) for path, verbs in served.items() for verb in verbs}
    assert told == {(method.path, method.verb) for method in public_methods()}


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    """Return connections that requests share. They keep no cookies."""
    with requests.Session() as session:
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        yield session


@pytest.mark.parametrize("method", METHODS, ids=lambda method: method.name)
def test_every_response_is_documented(
    served: BaseSchema, callers: Callers, session: requests.Session, method: Method
) -> None:
    operation = served[method.path][method.verb]
    right = operation.as_strategy()
    wrong = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    ours = right.map(lambda request: callers.about_what_is_there(request, method))
    statuses: set[int] = set()

    @settings(
        max_examples=OF_EACH_ROUTE,
        derandomize=True,
        database=None,
        deadline=None,
        # A failed request can't be repeated, because every request changes the stored data.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(request=st.one_of(ours, right, wrong))
    def ask(request: schemathesis.Case[Any]) -> None:
        headers = callers.headers(method)
        answer = request.call_and_validate(headers=headers, checks=CHECKS, session=session)
        statuses.add(answer.status_code)

    try:
        ask()
    finally:
        if method.name == "AdminSendingService.HoldSending":
            callers.release()
    # A platform that refuses every request would also match its document.
    assert method.is_public or not statuses & {401, 403}
    assert method.verb != "GET" or method.name in OUT_OF_REACH or 200 in statuses
