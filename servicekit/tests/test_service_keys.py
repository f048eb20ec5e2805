"""A service signs its calls with its own key, and can claim only what it may."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from types import SimpleNamespace
from typing import cast
from uuid import uuid4

import jwt
import pytest

from deploy.local.topology import PARTS, SERVICES
from servicekit.errors import InternalTokenRefused
from servicekit.identity import Identity, acting_as
from servicekit.service_keys import (
    CALLERS,
    ServiceKeys,
    new_private_key,
    private_key,
    public_key_of,
    public_keys,
)
from servicekit.settings import ServiceSettings
from servicekit.tokens import TokenSigner, signer_of, target_of
from smsblaster.events.v1 import events_pb2

SHARED = b"s" * 32
PRIVATE = {service: new_private_key() for service in CALLERS}
PUBLIC = public_keys(",".join(f"{name}:{public_key_of(key)}" for name, key in PRIVATE.items()))
USER = Identity("gateway", uuid4(), uuid4(), "Acme", frozenset({"owner"}), email_verified=True)
BILLING = TokenSigner("billing", keys=ServiceKeys(public=PUBLIC))


def keys_of(service: str) -> ServiceKeys:
    return ServiceKeys(private_key(PRIVATE[service]), PUBLIC)


def with_own_key(service: str) -> TokenSigner:
    return TokenSigner(service, keys=keys_of(service))


def refused(token: str, verifier: TokenSigner = BILLING) -> bool:
    try:
        verifier.verify(token)
    except InternalTokenRefused:
        return True
    return False


@pytest.mark.parametrize("service", ["gateway", "campaigns", "messaging"])
def test_the_public_key_of_a_service_is_enough_to_verify_its_tokens(service: str) -> None:
    who = replace(USER, service=service)
    assert BILLING.verify(with_own_key(service).sign(who, "billing")) == who


def test_a_token_is_accepted_only_by_the_service_that_it_is_for() -> None:
    sent_to_webhooks = with_own_key("gateway").sign(USER, "webhooks")
    assert with_own_key("webhooks").verify(sent_to_webhooks) == USER
    assert refused(sent_to_webhooks)
    assert refused(with_own_key("gateway").sign(USER))


def test_no_service_can_pretend_to_be_another_one() -> None:
    for service in set(CALLERS) - {"gateway"}:
        assert refused(with_own_key(service).sign(USER, "billing"))
        named_gateway = TokenSigner("gateway", keys=keys_of(service))
        assert refused(named_gateway.sign(USER, "billing"))


@pytest.mark.parametrize(
    "claimed",
    [
        Identity("webhooks", org_id=USER.org_id),
        Identity("webhooks", user_id=USER.user_id),
        Identity("webhooks", roles=frozenset({"ADMIN"})),
    ],
    ids=["organisation", "user", "roles"],
)
def test_the_webhooks_service_can_not_speak_for_anybody(claimed: Identity) -> None:
    webhooks = with_own_key("webhooks")
    assert refused(webhooks.sign(claimed, "billing"))
    with acting_as(claimed):
        assert BILLING.verify(webhooks.sign_current("billing")) == Identity("webhooks")


def test_the_shared_secret_opens_nothing_once_it_is_not_accepted() -> None:
    token = TokenSigner("gateway", SHARED).sign(USER, "billing")
    assert TokenSigner("billing", SHARED).verify(token) == USER
    assert refused(token)


def test_a_public_key_can_not_be_used_as_a_shared_secret() -> None:
    token = TokenSigner("gateway", PUBLIC["gateway"][0].public_bytes_raw()).sign(USER)
    for key_id in (None, "gateway"):
        claims = jwt.decode(token, options={"verify_signature": False})
        secret = PUBLIC["gateway"][0].public_bytes_raw()
        forged = jwt.encode(claims, secret, "HS256", headers={"kid": key_id} if key_id else None)
        assert refused(forged)
        assert refused(forged, TokenSigner("billing", SHARED, keys=ServiceKeys(public=PUBLIC)))


def test_keys_of_services_replace_the_shared_secret_without_a_refused_call() -> None:
    steps: list[Callable[[str], TokenSigner]] = [
        lambda service: TokenSigner(service, SHARED),
        lambda service: TokenSigner(service, SHARED, keys=ServiceKeys(public=PUBLIC)),
        lambda service: TokenSigner(service, SHARED, keys=keys_of(service)),
        with_own_key,
    ]
    for before, after in pairwise(steps):
        for caller, server in ((before, after), (after, before), (after, after)):
            token = caller("gateway").sign(USER, "messaging")
            assert server("messaging").verify(token) == USER


def test_the_key_of_a_service_is_replaced_without_a_refused_call() -> None:
    new = private_key(new_private_key())
    both = {**PUBLIC, "gateway": (*PUBLIC["gateway"], new.public_key())}
    verifier = TokenSigner("billing", keys=ServiceKeys(public=both))
    for own in (private_key(PRIVATE["gateway"]), new):
        signer = TokenSigner("gateway", keys=ServiceKeys(own, both))
        assert verifier.verify(signer.sign(USER, "billing")) == USER


def test_a_process_whose_key_the_others_do_not_know_does_not_start() -> None:
    keys = ServiceKeys(private_key(new_private_key()), PUBLIC)
    settings = SimpleNamespace(service_keys=lambda: keys, shared_token_keys=lambda: [SHARED])
    with pytest.raises(SystemExit, match="INTERNAL_PUBLIC_KEYS has no key of gateway"):
        signer_of("gateway", cast(ServiceSettings, settings))


def test_a_process_without_any_key_can_make_no_call() -> None:
    with pytest.raises(RuntimeError, match="INTERNAL_SIGNING_KEY"):
        BILLING.sign(Identity("billing"), "messaging")


def test_every_service_that_calls_others_has_a_key() -> None:
    assert {part.service for part in PARTS if part.calls} == set(CALLERS)


def test_the_target_of_a_method_is_the_service_that_serves_it() -> None:
    package = events_pb2.DESCRIPTOR.package
    assert target_of(f"/{package}.EventService/ListEvents") == "campaigns"
    for service in set(SERVICES) - {"gateway"}:
        assert target_of(f"/smsblaster.{service}.v1.AnyService/Any") == service
