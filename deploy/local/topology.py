"""The processes of the platform as a table: the ports, calls and settings of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SERVICES = ("billing", "contacts", "messaging", "campaigns", "webhooks", "gateway")


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of process: `python -m services.<service> <command>`.

    `calls` are the services that the process calls over gRPC. `settings` are the names of the
    shared settings that it gets in addition to those of every process. So no process gets the
    secrets of another process.
    """

    name: str
    service: str
    command: str = "serve"
    grpc: bool = False
    http: bool = False
    calls: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()


_TWILIO_MASTER = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
_STRIPE = ("STRIPE_SECRET_KEY", "STRIPE_BASE_URL")
_MAIL = (
    "POSTMARK_SERVER_TOKEN",
    "POSTMARK_BASE_URL",
    "POSTMARK_FROM",
    "POSTMARK_TEMPLATES",
)
_SENDING = ("KEYRING", "PUBLIC_WEBHOOKS_URL", "TWILIO_BASE_URL")

PARTS = (
    Part("billing", "billing", grpc=True, settings=("PUBLIC_APP_URL", *_STRIPE, *_MAIL)),
    Part("contacts", "contacts", grpc=True),
    Part(
        "messaging",
        "messaging",
        grpc=True,
        calls=("billing", "contacts"),
        settings=(*_SENDING, *_TWILIO_MASTER, "EXPORT_DIR", "ARCHIVE_DIR"),
    ),
    Part("sender", "messaging", command="sender", calls=("billing", "contacts"), settings=_SENDING),
    Part("campaigns", "campaigns", grpc=True, calls=("contacts", "messaging")),
    Part(
        "webhooks",
        "webhooks",
        grpc=True,
        http=True,
        calls=("messaging",),
        settings=(
            "PUBLIC_WEBHOOKS_URL",
            "STRIPE_WEBHOOK_SECRET",
            "KEYRING",
            "ENDPOINTS_ON_LOOPBACK",
        ),
    ),
    Part(
        "delivery",
        "webhooks",
        command="deliver",
        settings=("KEYRING", "ENDPOINTS_ON_LOOPBACK"),
    ),
    Part(
        "gateway",
        "gateway",
        http=True,
        calls=("billing", "contacts", "messaging", "campaigns", "webhooks"),
        settings=(
            "JWT_KEYS_DIR",
            "KEYRING",
            "OPERATOR_SECOND_FACTOR",
            "PUBLIC_APP_URL",
            "PUBLIC_STREAM_URL",
            "CORS_ORIGINS",
            *_MAIL,
        ),
    ),
    Part(
        "stream",
        "gateway",
        command="stream",
        http=True,
        settings=("OPERATOR_SECOND_FACTOR", "PUBLIC_APP_URL", "CORS_ORIGINS"),
    ),
)


@dataclass(frozen=True, slots=True)
class Addresses:
    """Loopback addresses (`host:port`) by process: for gRPC, HTTP and operations."""

    grpc: Mapping[str, str]
    http: Mapping[str, str]
    ops: Mapping[str, str]

    def target(self, service: str) -> str:
        """Return the address that clients of a service use. It lists all replicas."""
        found = [address for name, address in self.grpc.items() if _service_of(name) == service]
        return found[0] if len(found) == 1 else f"ipv4:{','.join(found)}"


@dataclass(frozen=True, slots=True)
class Wiring:
    """The addresses and settings from which the environments of the processes are made."""

    addresses: Addresses
    database_urls: Mapping[str, str]
    nats_urls: Mapping[str, str]
    signing_keys: Mapping[str, str]
    common: Mapping[str, str]
    shared: Mapping[str, str]
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def instances(senders: int, replicas: int = 1) -> dict[str, Part]:
    """Return every process by its name.

    There are `senders` sender workers: `sender-1`, `sender-2`, … Each service that serves only gRPC
    has `replicas` processes: `billing`, `billing-2`, …
    """
    named = {part.name: part for part in PARTS if part.name != "sender"}
    more = {
        f"{part.name}-{number}": part
        for part in PARTS
        for number in range(2, replicas + 1)
        if part.grpc and not part.http
    }
    sender = next(part for part in PARTS if part.name == "sender")
    return named | more | {f"sender-{number}": sender for number in range(1, senders + 1)}


def environment(name: str, part: Part, wiring: Wiring) -> dict[str, str]:
    """Return the environment variables with the settings of the process `name`.

    `wiring` has overrides for single processes (`sender-2`) and for all of a kind (`sender`).
    """
    addresses = wiring.addresses
    settings = {
        **wiring.common,
        "DATABASE_URL": wiring.database_urls[part.service],
        "NATS_URL": wiring.nats_urls[part.name],
        "OPS_LISTEN": addresses.ops[name],
        **{key: wiring.shared[key] for key in part.settings if key in wiring.shared},
        **{f"{service.upper()}_ADDR": addresses.target(service) for service in part.calls},
    }
    if part.calls:
        settings["INTERNAL_SIGNING_KEY"] = wiring.signing_keys[part.service]
    if part.grpc:
        settings["GRPC_LISTEN"] = addresses.grpc[name]
    if part.http:
        settings["HTTP_LISTEN"] = addresses.http[part.name]
    return {
        **settings,
        **wiring.overrides.get(part.name, {}),
        **wiring.overrides.get(name, {}),
    }


def _service_of(process: str) -> str:
    return process.partition("-")[0]


def managed_settings() -> frozenset[str]:
    """Return the names of all settings that the launcher decides.

    These settings are removed from the environment that processes inherit. So no process sees a
    credential that is not in its row of the table.
    """
    own = {"DATABASE_URL", "NATS_URL", "OPS_LISTEN", "GRPC_LISTEN", "HTTP_LISTEN"}
    keys = {"INTERNAL_TOKEN_KEY", "INTERNAL_SIGNING_KEY", "INTERNAL_PUBLIC_KEYS"}
    addresses = {f"{service.upper()}_ADDR" for service in SERVICES}
    databases = {f"DATABASE_URL_{service.upper()}" for service in SERVICES}
    databases |= {"DIRECT_DATABASE_URL", "MIGRATION_DATABASE_URL"}
    logins = {f"NATS_URL_{part.name.upper()}" for part in PARTS}
    shared = {key for part in PARTS for key in part.settings}
    return frozenset(own | keys | addresses | databases | logins | shared)
