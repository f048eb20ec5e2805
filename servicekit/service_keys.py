"""The key pairs with which services sign the calls that they make to each other.

``python -m servicekit.service_keys`` prints new ones.
"""

import base64
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

CALLERS = ("campaigns", "gateway", "messaging", "webhooks")
"""The services that call others. The others need no key of their own."""


@dataclass(frozen=True, slots=True)
class ServiceKeys:
    """The private key of this service, if it has one, and the public keys by service."""

    own: Ed25519PrivateKey | None = None
    public: Mapping[str, Sequence[Ed25519PublicKey]] = field(default_factory=dict)

    def knows(self, service: str) -> bool:
        """Tell whether others accept what ``service`` signs with this private key."""
        if self.own is None:
            return True
        return self.own.public_key() in self.public.get(service, ())


NO_KEYS = ServiceKeys()


def private_key(text: str) -> Ed25519PrivateKey:
    """Read a private key of 32 bytes in base64. Raises ``ValueError``."""
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(text, validate=True))


def public_keys(text: str) -> Mapping[str, Sequence[Ed25519PublicKey]]:
    """Read ``service:base64,...``; a service may have several keys. Raises ``ValueError``."""
    found: defaultdict[str, list[Ed25519PublicKey]] = defaultdict(list)
    for part in filter(None, (part.strip() for part in text.split(","))):
        service, separator, key = part.partition(":")
        if not (service and separator):
            raise ValueError("has a key without the name of its service")
        raw = base64.b64decode(key, validate=True)
        found[service].append(Ed25519PublicKey.from_public_bytes(raw))
    return dict(found)


def new_private_key() -> str:
    """Return a new private key, as INTERNAL_SIGNING_KEY has it."""
    return base64.b64encode(os.urandom(32)).decode()


def public_key_of(private: str) -> str:
    """Return the public key of a private key, both in base64."""
    return base64.b64encode(private_key(private).public_key().public_bytes_raw()).decode()


if __name__ == "__main__":
    made = {service: new_private_key() for service in CALLERS}
    for name, key in made.items():
        print(f"{name}: INTERNAL_SIGNING_KEY={key}")
    listed = ",".join(f"{name}:{public_key_of(key)}" for name, key in made.items())
    print(f"every process: INTERNAL_PUBLIC_KEYS={listed}")
