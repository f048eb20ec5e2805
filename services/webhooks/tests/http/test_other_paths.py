"""Paths that no provider calls: ``/healthz`` works, and unknown paths get a problem."""

from uuid import UUID

import pytest

from services.webhooks.tests.calls import INCOMING, STATUS, STRIPE
from services.webhooks.tests.serving import Service


async def test_the_path_healthz_returns_200(service: Service) -> None:
    assert (await service.client.get("/healthz")).json() == {"status": "ok"}


@pytest.mark.parametrize("target", [STATUS, INCOMING, STRIPE, f"{STATUS}/{UUID(int=0)}.{'0' * 22}"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_methods_other_than_post_are_refused(
    service: Service, target: str, method: str
) -> None:
    answer = await service.client.request(method, target)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/api/webhooks",
        "/api/webhooks/twilio",
        "/api/webhooks/twilio%2Dstatus",
        f"{STATUS}/",
        f"{STATUS}/not-an-id",
        f"{STATUS}/{UUID(int=0)}",
        f"{INCOMING}/00000000-0000-0000-0000-000000000000",
        f"/{STATUS}",
    ],
)
async def test_unknown_paths_return_404(service: Service, target: str) -> None:
    answer = await service.client.post(target, headers={"X-Request-Id": "req-1"})
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "route_not_found"
    assert answer.json()["requestId"] == "req-1"


async def test_an_encoded_slash_in_a_path_is_refused(service: Service) -> None:
    answer = await service.client.post(f"{STATUS}/..%2f..%2fetc")
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_request")
