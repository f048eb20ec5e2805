"""The names of the processes, and the addresses of others that each process gets."""

from deploy.local import topology
from deploy.local.topology import Addresses


def test_services_that_serve_only_grpc_can_have_replicas() -> None:
    named = topology.instances(senders=1, replicas=2)
    assert {name for name in named if name.endswith("-2")} == {
        "billing-2",
        "contacts-2",
        "messaging-2",
        "campaigns-2",
    }


def test_clients_get_the_address_of_every_replica() -> None:
    grpc = {"billing": "127.0.0.1:1", "billing-2": "127.0.0.1:2", "contacts": "127.0.0.1:3"}
    addresses = Addresses(grpc, http={}, ops={})
    assert addresses.target("billing") == "ipv4:127.0.0.1:1,127.0.0.1:2"
    assert addresses.target("contacts") == "127.0.0.1:3"
