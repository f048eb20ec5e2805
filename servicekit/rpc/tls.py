"""TLS for calls between services: encryption, and in mode ``mutual`` callers with certificates.

The folder GRPC_TLS_DIR has the files of a Kubernetes secret for TLS: ``tls.crt`` and ``tls.key`` of
this process, and ``ca.crt`` of the authority that has signed the certificates of all processes.
"""

from dataclasses import dataclass
from pathlib import Path

import grpc
import structlog
from cryptography import x509
from prometheus_client import Gauge

from servicekit.settings import ServiceSettings

log = structlog.get_logger()

EXPIRY = Gauge(
    "smsblaster_certificate_expiry_timestamp_seconds",
    "When the certificate that the process uses for gRPC expires",
    ["use"],
)


@dataclass(frozen=True, slots=True)
class Tls:
    """The certificates of a process. ``is_mutual``: callers need a certificate too."""

    folder: Path
    is_mutual: bool

    def of_client(self) -> grpc.ChannelCredentials:
        """Return credentials for a channel. They are read once, so a channel keeps them."""
        if not self.is_mutual:
            return grpc.ssl_channel_credentials(self._read("ca.crt"))
        certificate = self._certificate("client")
        return grpc.ssl_channel_credentials(
            self._read("ca.crt"), self._read("tls.key"), certificate
        )

    def of_server(self) -> grpc.ServerCredentials:
        """Return credentials for a server, which are read again for each new connection.

        If the files can't be read, the server keeps what it has.
        """
        current = self._of_server()

        def read_again() -> grpc.ServerCertificateConfiguration:
            nonlocal current
            try:
                current = self._of_server()
            except (OSError, ValueError) as error:
                log.warning("certificate_unreadable", folder=str(self.folder), error=repr(error))
            return current

        return grpc.dynamic_ssl_server_credentials(current, read_again, self.is_mutual)

    def _of_server(self) -> grpc.ServerCertificateConfiguration:
        pair = (self._read("tls.key"), self._certificate("server"))
        return grpc.ssl_server_certificate_configuration(
            [pair], self._read("ca.crt") if self.is_mutual else None
        )

    def _certificate(self, use: str) -> bytes:
        found = self._read("tls.crt")
        expires = x509.load_pem_x509_certificate(found).not_valid_after_utc
        EXPIRY.labels(use).set(expires.timestamp())
        return found

    def _read(self, name: str) -> bytes:
        return (self.folder / name).read_bytes()


def tls_of(settings: ServiceSettings) -> Tls | None:
    """Return the certificates that the settings name; None without TLS."""
    if settings.grpc_tls == "off":
        return None
    return Tls(Path(settings.grpc_tls_dir), settings.grpc_tls == "mutual")
