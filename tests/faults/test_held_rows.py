"""A client locks a row and stays idle in its transaction. Only work that needs the row waits."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

import psycopg
import pytest

from deploy.local.testkit.organisation import Organisation
from tests.faults.campaign import must_settle
from tests.fixtures.platform import Platform, audience
from tests.fixtures.waiting import wait_until_sync

pytestmark = pytest.mark.stack

_MANY, _FEW = 20, 4  # _MANY is between a gateway's threads and an organisation's share
_CREATED = 201
# Seconds. _PROMPTLY is enough for a busy machine to send a text. _SOON is enough for it to refuse a
# text while half of the requests wait for threads.
_PROMPTLY, _SOON = 10.0, 25.0
_HELD = ("billing", "SELECT FROM user_balances WHERE org_id = %s FOR UPDATE")
_SPENT_TODAY = ("messaging", "SELECT FROM daily_spend WHERE org_id = %s FOR UPDATE")


@dataclass(frozen=True)
class Send:
    """A request to send a text, and the platform's last response."""

    to: str
    key: str
    status: int = 0
    code: str = ""
    retry_after: str = ""
    seconds: float = 0.0

    def by(self, organisation: Organisation) -> "Send":
        """Send the request. Sending it again is the same operation."""
        started, body = time.monotonic(), {"to": self.to, "message": "Doors open at 7 pm."}
        answer = organisation.api.post_raw("/api/sms/send", body, self.key)
        return replace(
            self,
            status=answer.status_code,
            code=answer.json().get("code", ""),
            retry_after=answer.headers.get("Retry-After", ""),
            seconds=time.monotonic() - started,
        )

    def is_done(self, organisation: Organisation) -> bool:
        """Send the request, and return whether the text is sent."""
        return self.by(organisation).status == _CREATED

    def until_done(self, organisation: Organisation) -> None:
        """Send the request again until it succeeds. Every earlier try must be refused."""
        wait_until_sync(lambda: self.is_done(organisation), message="the text sent", every=1.0)


def sends(count: int, first: int) -> Sequence[Send]:
    """Return requests for texts to people whom no other test texts."""
    return [Send(to, str(uuid4())) for to in audience(count, first)]


@contextmanager
def held(platform: Platform, organisation: Organisation, row: tuple[str, str]) -> Iterator[None]:
    """Keep a row of the organisation locked by an idle client until the `with` block ends."""
    service, query = row
    with psycopg.connect(platform.stack.postgres.url(service)) as client:
        assert client.execute(query.encode(), [organisation.org_id]).rowcount == 1
        yield


def somebody_waits(platform: Platform, service: str) -> bool:
    """Tell whether a query in a service's database is waiting for a lock."""
    return bool(
        platform.rows(
            service,
            "SELECT FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = current_database()",
        )
    )


@pytest.mark.parametrize(
    ("row", "count"),
    [(_HELD, _MANY), (_SPENT_TODAY, _FEW)],
    ids=["balance", "spending of the day"],
)
def test_a_locked_row_of_one_organisation_does_not_affect_others(
    platform: Platform, row: tuple[str, str], count: int
) -> None:
    acme, bystander = platform.organisation("Acme"), platform.organisation("Bystander")
    [first] = sends(1, 8000)
    assert first.is_done(acme)
    before = acme.balance()
    asked, others = sends(count, 8100), sends(4, 8200)
    with ThreadPoolExecutor(count) as pool:
        with held(platform, acme, row):
            waiting = [pool.submit(partial(send.by, acme)) for send in asked]
            wait_until_sync(
                lambda: somebody_waits(platform, row[0]), message="a query waits for the lock"
            )
            served = [send.by(bystander) for send in others]
            refused = [future.result() for future in waiting]
            again = refused[0].by(acme)
        assert [send.status for send in served] == [201] * len(others)
        assert max(send.seconds for send in served) < _PROMPTLY
        assert {send.status for send in [*refused, again]} == {503}
        assert all(send.retry_after for send in refused)
        assert "data_in_use" in {send.code for send in refused}
        assert max(send.seconds for send in [*refused, again]) < _SOON
        assert acme.balance() == before
        list(pool.map(lambda send: send.until_done(acme), refused))
    must_settle(platform, acme)
    texted = sorted(text.to for text in platform.simulator.texts(acme.account_sid))
    assert texted == sorted(send.to for send in [first, *asked])
    assert acme.balance() == before - count
