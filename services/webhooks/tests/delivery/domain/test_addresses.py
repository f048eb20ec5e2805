"""Endpoint URLs can't point to the platform's own network, however they are written."""

import pytest

from servicekit.errors import InvalidInput
from services.webhooks.delivery.domain.addresses import is_public, require_url

PRIVATE = [
    "0.0.0.0",  # noqa: S104  (it is refused)
    "10.0.0.1",
    "100.64.0.1",  # carriers' own networks
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",  # the metadata of cloud machines
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.5",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::10.0.0.1",
    "2001::1",
    "2002:7f00:1::",
    "2002:a9fe:a9fe::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "example.com",
    "",
]
PUBLIC = ["1.1.1.1", "93.184.215.14", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_ip_address_that_is_not_on_the_internet_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_ip_address_on_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_loopback_addresses_can_be_allowed_for_development(address: str) -> None:
    assert is_public(address, allow_loopback=True)
    assert not is_public("169.254.169.254", allow_loopback=True)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("", "is not a valid URL"),
        ("example.com/hooks", "is not a valid URL"),
        ("https://", "is not a valid URL"),
        ("https://example.com:99999/", "is not a valid URL"),
        ("https://hooks..example.com/", "is not a valid URL"),
        ("https://.example.com/", "is not a valid URL"),
        ("https://example.com../", "is not a valid URL"),
        (f"https://{'a' * 64}.example.com/", "is not a valid URL"),
        (f"https://{'ü' * 64}.example.com/", "is not a valid URL"),
        ("http://example.com/hooks", "must start with https://"),
        ("ftp://example.com/hooks", "must start with https://"),
        ("https://user:pass@example.com/", "must not contain a user name"),
        ("https://example.com/#part", "must not contain a fragment"),
        ("https://localhost/", "is not reachable from the internet"),
        ("https://postgres:5432/", "is not reachable from the internet"),
        ("https://metadata.google.internal/", "is not reachable from the internet"),
        ("https://nats.smsblaster.svc.cluster.local./", "is not reachable from the internet"),
        ("https://127.0.0.1/", "is not reachable from the internet"),
        ("https://127.1/", "is not reachable from the internet"),
        ("https://2130706433/", "is not reachable from the internet"),
        ("https://0x7f000001/", "is not reachable from the internet"),
        ("https://0x7f.0.0.0x1/", "is not reachable from the internet"),
        ("https://0177.0.0.1/", "is not reachable from the internet"),
        ("https://[::1]/", "is not reachable from the internet"),
        ("https://[::ffff:169.254.169.254]/latest/meta-data", "is not reachable from the internet"),
        ("https://[fe80::1%25eth0]/", "is not"),
    ],
)
def test_a_url_that_cannot_be_a_customers_server_is_refused(url: str, fault: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        require_url(url)
    [error] = refused.value.fields
    assert (error.field, error.message.startswith(fault)) == ("url", True)


@pytest.mark.parametrize(
    ("url", "stored"),
    [
        ("https://example.com", "https://example.com"),
        (" https://example.com/hooks?tenant=1 ", "https://example.com/hooks?tenant=1"),
        ("https://hooks.example.com:8443/a", "https://hooks.example.com:8443/a"),
        ("https://1.1.1.1/a", "https://1.1.1.1/a"),
        ("https://example.com./a", "https://example.com./a"),
        (f"https://{'a' * 63}.example.com/a", f"https://{'a' * 63}.example.com/a"),
        ("https://münchen.example/a", "https://xn--mnchen-3ya.example/a"),
    ],
)
def test_a_url_on_the_internet_is_accepted(url: str, stored: str) -> None:
    assert require_url(url) == stored


def test_http_is_allowed_on_this_computer_only_and_only_for_development() -> None:
    assert require_url("http://127.0.0.1:9000/x", allow_loopback=True) == "http://127.0.0.1:9000/x"
    assert require_url("http://localhost:9000/", allow_loopback=True) == "http://localhost:9000/"
    for url in ("http://10.0.0.1/", "http://example.com/", "https://169.254.169.254/"):
        with pytest.raises(InvalidInput):
            require_url(url, allow_loopback=True)
