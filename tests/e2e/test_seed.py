"""The demo organisation of `make run` can send at once."""

import pytest

from deploy.local.seed import ensure_demo_organisation
from deploy.local.web import get, post_json
from tests.fixtures.platform import Platform

pytestmark = pytest.mark.stack


def test_the_demo_organisation_can_send(platform: Platform) -> None:
    stack = platform.stack
    account = ensure_demo_organisation(stack)
    assert ensure_demo_organisation(stack) == account
    sign_in = {"email": account.email, "password": account.password}
    session = post_json(f"{stack.gateway_url}/api/auth/login", sign_in).json()
    headers = {"Authorization": f"Bearer {session['accessToken']}"}
    found = get(f"{stack.gateway_url}/api/contacts", headers).json()
    assert found["total"] == 5
    text = {"to": found["items"][-1]["phone"], "message": "Doors open at 7 pm."}
    sent = post_json(f"{stack.gateway_url}/api/sms/send", text, headers)
    assert sent.status == 201, sent.text()
