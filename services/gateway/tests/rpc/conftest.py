"""A gateway beside a stand-in for messaging, for tests of test mode."""

from collections.abc import Iterator

import pytest

from services.gateway.settings import GatewaySettings
from services.gateway.tests.conftest import serving
from services.gateway.tests.rpc.messaging_backend import Accounts, messaging
from tests.fixtures.running import listening


@pytest.fixture(scope="module")
def accounts() -> Accounts:
    return Accounts()  # type: ignore[abstract]  # the rest is not called


@pytest.fixture(scope="module")
def with_messaging(
    settings: GatewaySettings, accounts: Accounts, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with messaging(accounts) as address:
        limits = {"rate_limits": True, "rate_sign_in": 1000}
        own = {"messaging_addr": address, "ops_listen": listening()}
        changed = settings.model_copy(update={**own, **limits})
        with serving(changed, tmp_path_factory.mktemp("test-mode")) as url:
            yield url
