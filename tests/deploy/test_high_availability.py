"""The overlay `high-availability` keeps the platform running when a node is lost."""

import re
from typing import Any

import pytest
import yaml

from deploy.local.topology import PARTS, SERVICES, Part
from services.messaging.common.storage.buckets import BucketPath
from tests.deploy.compose_file import load_services
from tests.deploy.manifests import (
    AVAILABLE,
    KUBERNETES,
    container_of,
    matches,
    of_kind,
    pod_of,
    settings_of_container,
)
from tests.deploy.test_docs import METRIC, named_by

NATS_CONFIG = (KUBERNETES / "components" / "nats-cluster" / "nats.conf").read_text("utf-8")
OWN_CONNECTIONS = 3
"""Connections of a process beside its pool."""


def nats() -> dict[str, Any]:
    return of_kind(AVAILABLE, "StatefulSet")["nats"]


def postgres() -> dict[str, Any]:
    spec: dict[str, Any] = of_kind(AVAILABLE, "Cluster")["postgres"]["spec"]
    return spec


def scaled() -> dict[str, Any]:
    spec: dict[str, Any] = of_kind(AVAILABLE, "ScaledObject")["sender"]["spec"]
    return spec


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_every_process_makes_streams_with_a_replica_on_each_server(part: Part) -> None:
    deployment = of_kind(AVAILABLE, "Deployment")[part.name]
    given, _ = settings_of_container(AVAILABLE, deployment)
    assert int(given["BUS_REPLICAS"]) == nats()["spec"]["replicas"] == 3


def test_the_servers_of_the_bus_find_each_other() -> None:
    spec = nats()["spec"]
    service = of_kind(AVAILABLE, "Service")[spec["serviceName"]]["spec"]
    names = [f"nats-{number}.{spec['serviceName']}" for number in range(spec["replicas"])]
    assert re.findall(r"nats-route://([\w.-]+):6222", NATS_CONFIG) == names
    assert service["publishNotReadyAddresses"]
    assert spec["podManagementPolicy"] == "Parallel"
    assert {port["name"]: port["containerPort"] for port in container_of(nats())["ports"]} == {
        "client": 4222,
        "monitor": 8222,
        "route": 6222,
    }


def test_only_servers_of_the_bus_connect_to_their_routes() -> None:
    rules = of_kind(AVAILABLE, "NetworkPolicy")["nats-clients"]["spec"]["ingress"]
    [route] = [rule for rule in rules if {"port": "route"} in rule["ports"]]
    own = pod_of(nats())["metadata"]["labels"]
    assert [matches(one["podSelector"], own) for one in route["from"]] == [True]


def test_a_server_of_the_bus_has_time_to_send_its_clients_away() -> None:
    times = re.findall(r'^lame_duck_\w+: "(\d+)s"$', NATS_CONFIG, re.MULTILINE)
    grace, duration = map(int, times)
    assert grace < duration
    assert pod_of(nats())["spec"]["terminationGracePeriodSeconds"] > grace + duration
    assert container_of(nats())["lifecycle"]["preStop"]["exec"]["command"][-1] == "ldm=1"


def test_the_bus_refuses_messages_before_its_disk_is_full() -> None:
    [limit] = re.findall(r"max_file_store: (\d+)GB", NATS_CONFIG)
    [claim] = nats()["spec"]["volumeClaimTemplates"]
    size = int(claim["spec"]["resources"]["requests"]["storage"].removesuffix("Gi"))
    assert int(limit) * 10**9 <= 0.8 * size * 2**30


@pytest.mark.parametrize("name", ["nats", "postgres-pooler"])
def test_a_disruption_takes_one_server_at_a_time(name: str) -> None:
    assert of_kind(AVAILABLE, "PodDisruptionBudget")[name]["spec"]["maxUnavailable"] == 1


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_the_replicas_of_a_process_are_spread_over_nodes_and_zones(part: Part) -> None:
    pod = pod_of(of_kind(AVAILABLE, "Deployment")[part.name])
    spread = pod["spec"]["topologySpreadConstraints"]
    assert [one["topologyKey"] for one in spread] == [
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
    ]
    for one in spread:
        assert matches(one["labelSelector"], pod["metadata"]["labels"])
        assert "app.kubernetes.io/name" in one["matchLabelKeys"]


def test_the_servers_of_bus_and_database_are_on_different_nodes() -> None:
    spread = pod_of(nats())["spec"]["topologySpreadConstraints"][0]
    assert spread["topologyKey"] == "kubernetes.io/hostname"
    assert spread["whenUnsatisfiable"] == "DoNotSchedule"
    affinity = postgres()["affinity"]
    assert (affinity["podAntiAffinityType"], affinity["topologyKey"]) == (
        "required",
        "kubernetes.io/hostname",
    )


def test_the_database_server_has_the_version_and_the_order_that_the_platform_needs() -> None:
    compose = load_services()["postgres"]
    assert postgres()["imageName"].split(":")[1] == compose["image"].split(":")[1] == "18"
    made = postgres()["bootstrap"]["initdb"]
    given = compose["environment"]["POSTGRES_INITDB_ARGS"]
    assert given == (
        f"--encoding={made['encoding']} --locale={made['localeCollate']}"
        f" --locale-provider={made['localeProvider']} --builtin-locale={made['builtinLocale']}"
    )


def test_each_service_has_a_database_that_no_other_role_opens() -> None:
    databases = of_kind(AVAILABLE, "Database").values()
    assert {(one["spec"]["name"], one["spec"]["owner"]) for one in databases} == {
        (service, service) for service in SERVICES
    }
    assert {role["name"] for role in postgres()["managed"]["roles"]} == set(SERVICES)
    rules = [line.split() for line in postgres()["postgresql"]["pg_hba"]]
    logins = {tuple(rule[1:3]) for rule in rules if rule[-1] == "scram-sha-256"}
    assert logins == {(service, service) for service in SERVICES}
    assert rules[-1] == ["host", "all", "all", "all", "reject"]


def test_a_commit_is_on_two_of_the_three_database_servers() -> None:
    assert postgres()["instances"] == 3
    kept = postgres()["postgresql"]["synchronous"]
    assert (kept["number"], kept["dataDurability"]) == (1, "required")


def test_the_database_is_backed_up_every_day_and_its_log_all_the_time() -> None:
    [plugin] = postgres()["plugins"]
    backup = of_kind(AVAILABLE, "ScheduledBackup")["postgres"]["spec"]
    assert plugin["isWALArchiver"]
    assert plugin["parameters"]["barmanObjectName"] in of_kind(AVAILABLE, "ObjectStore")
    assert backup["pluginConfiguration"]["name"] == plugin["name"]
    assert re.fullmatch(r"\d+ \d+ \d+ \* \* \*", backup["schedule"])


def test_the_database_server_has_connections_for_every_replica_during_an_upgrade() -> None:
    connections = 0
    for name, deployment in of_kind(AVAILABLE, "Deployment").items():
        given, _ = settings_of_container(AVAILABLE, deployment)
        most = scaled()["maxReplicaCount"] if name == "sender" else deployment["spec"]["replicas"]
        pods = most + deployment["spec"]["strategy"]["rollingUpdate"]["maxSurge"]
        connections += pods * (int(given["POOL_SIZE"]) + OWN_CONNECTIONS)
    assert connections <= int(postgres()["postgresql"]["parameters"]["max_connections"])


def test_poolers_give_each_client_a_session_and_open_less_than_the_server_has() -> None:
    pooler = of_kind(AVAILABLE, "Pooler")["postgres-pooler"]["spec"]
    parameters = pooler["pgbouncer"]["parameters"]
    opened = pooler["instances"] * int(parameters["default_pool_size"]) * len(SERVICES)
    assert pooler["pgbouncer"]["poolMode"] == "session"
    assert opened < int(postgres()["postgresql"]["parameters"]["max_connections"])


def test_senders_are_scaled_once_and_by_metrics_that_exist() -> None:
    assert not of_kind(AVAILABLE, "HorizontalPodAutoscaler")
    assert scaled()["scaleTargetRef"]["name"] in of_kind(AVAILABLE, "Deployment")
    assert scaled()["minReplicaCount"] >= 2
    queries = yaml.safe_dump(scaled()["triggers"])
    named = {
        re.sub(r"_(bucket|count)$", "", name) for name in re.findall(r"smsblaster_\w+", queries)
    }
    assert named
    assert named <= set(named_by(METRIC))


def test_exports_and_the_archive_are_in_a_bucket_and_no_volume_is_shared() -> None:
    messaging = of_kind(AVAILABLE, "Deployment")["messaging"]
    given, _ = settings_of_container(AVAILABLE, messaging)
    for name in ("EXPORT_DIR", "ARCHIVE_DIR"):
        assert BucketPath.parse(given[name]).region
    assert not of_kind(AVAILABLE, "PersistentVolumeClaim")
    for manifest in (messaging, of_kind(AVAILABLE, "CronJob")["messaging-archive-messages"]):
        assert [volume["name"] for volume in pod_of(manifest)["spec"]["volumes"]] == ["tmp"]
        mounts = container_of(manifest)["volumeMounts"]
        assert [mount["name"] for mount in mounts] == ["tmp"]
