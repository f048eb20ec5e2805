"""Calls between services can be encrypted, and callers without a certificate are refused."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import REGISTRY

from servicekit.errors import Unavailable
from servicekit.rpc.client import open_channel
from servicekit.rpc.tls import Tls
from servicekit.tests.rpc.toy_contract import SERVICE
from servicekit.tests.rpc.toy_service import ToyService, serving
from tests.fixtures.certificates import EXPIRES, Authority
from tests.fixtures.waiting import wait_until


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority.new()


@pytest.fixture
def folder(authority: Authority, tmp_path: Path) -> Path:
    authority.write(tmp_path / "server")
    return tmp_path / "server"


@pytest.fixture(params=[False, True], ids=["tls", "mutual"])
async def service(folder: Path, request: pytest.FixtureRequest) -> AsyncIterator[ToyService]:
    async with serving({"Member": _echo}, tls=Tls(folder, request.param)) as service:
        yield service


async def _echo(request: Any, _: Any) -> Any:
    return request


async def answer(service: ToyService, tls: Tls | None) -> str:
    """Call ``service`` over a new connection, as a process with these certificates."""
    async with open_channel(service.address, [SERVICE], tls=tls) as channel:
        return await ToyService(channel, service.address).call("Member", connect_attempts=1)


async def test_calls_are_answered_over_tls(service: ToyService) -> None:
    assert await service.call("Member") == "hello"


async def test_a_call_without_tls_is_refused(service: ToyService) -> None:
    with pytest.raises(Unavailable):
        await answer(service, None)


async def test_a_server_of_another_authority_is_not_called(
    service: ToyService, tmp_path: Path
) -> None:
    Authority.new().write(tmp_path / "other")
    with pytest.raises(Unavailable):
        await answer(service, Tls(tmp_path / "other", is_mutual=False))


async def test_a_caller_needs_a_certificate_of_the_authority(
    folder: Path, authority: Authority, tmp_path: Path
) -> None:
    Authority.new().write(tmp_path / "forged")
    (tmp_path / "forged" / "ca.crt").write_bytes((folder / "ca.crt").read_bytes())
    authority.write(tmp_path / "client")
    async with serving({"Member": _echo}, tls=Tls(folder, is_mutual=True)) as service:
        assert await answer(service, Tls(tmp_path / "client", is_mutual=True)) == "hello"
        for refused in (Tls(folder, is_mutual=False), Tls(tmp_path / "forged", is_mutual=True)):
            with pytest.raises(Unavailable):
                await answer(service, refused)


async def test_a_server_uses_new_certificates_without_a_refused_call(
    folder: Path, tmp_path: Path
) -> None:
    other = Authority.new()
    other.write(tmp_path / "new")
    new = Tls(tmp_path / "new", is_mutual=False)
    async with serving({"Member": _echo}, tls=Tls(folder, is_mutual=False)) as service:
        assert await service.call("Member") == "hello"
        (folder / "tls.crt").write_text("not a certificate")
        old = Tls(folder, is_mutual=False)
        assert await answer(service, old) == "hello"  # the server keeps what it had
        other.write(folder)

        async def is_new() -> bool:
            return await answer(service, new) == "hello"

        await wait_until(is_new)
        assert await service.call("Member") == "hello"


async def test_a_new_authority_takes_over_one_process_after_the_other_without_a_refused_call(
    folder: Path, authority: Authority, tmp_path: Path
) -> None:
    caller = tmp_path / "caller"
    authority.write(caller)
    new = Authority.new()
    new.write(tmp_path / "new")
    both = (folder / "ca.crt").read_bytes() + (tmp_path / "new" / "ca.crt").read_bytes()
    tls = Tls(caller, is_mutual=True)
    async with serving({"Member": _echo}, tls=Tls(folder, is_mutual=True)) as service:

        async def is_answered_before_and_after(change: Callable[[], object]) -> None:
            """Make a change. A caller from before it and one that starts later are answered."""
            async with open_channel(service.address, [SERVICE], tls=tls) as channel:
                change()
                started_before = ToyService(channel, service.address)
                assert await started_before.call("Member", connect_attempts=1) == "hello"
            assert await answer(service, tls) == "hello"

        def trust_both(changed: Path) -> None:
            (changed / "ca.crt").write_bytes(both)

        def renew(changed: Path) -> None:
            new.write(changed)
            trust_both(changed)

        for process in (folder, caller):
            await is_answered_before_and_after(partial(trust_both, process))
        for process in (folder, caller):
            await is_answered_before_and_after(partial(renew, process))
        for process in (caller, folder):
            await is_answered_before_and_after(partial(new.write, process))
        authority.write(tmp_path / "late")
        trust_both(tmp_path / "late")
        with pytest.raises(Unavailable):
            await answer(service, Tls(tmp_path / "late", is_mutual=True))


def test_the_metric_shows_when_the_certificate_in_use_expires(folder: Path) -> None:
    tls = Tls(folder, is_mutual=True)
    tls.of_server()
    tls.of_client()
    for use in ("server", "client"):
        name = "smsblaster_certificate_expiry_timestamp_seconds"
        assert REGISTRY.get_sample_value(name, {"use": use}) == EXPIRES.timestamp()
