"""Say which build of the platform a process runs."""

import os
import platform

from prometheus_client import Gauge

INFO = Gauge(
    "smsblaster_build_info",
    "1, with the version and the commit of the image as labels",
    ["service", "version", "commit", "python"],
)

# The image sets these variables when it is built. A checkout has none of them.
_UNKNOWN = "unknown"


def tell(service: str) -> None:
    """Export a metric with the build that this process of ``service`` runs."""
    version = os.environ.get("SMSBLASTER_VERSION") or _UNKNOWN
    commit = os.environ.get("SMSBLASTER_COMMIT") or _UNKNOWN
    INFO.labels(service, version, commit, platform.python_version()).set(1)
