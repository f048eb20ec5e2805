"""Metrics that every service has. A service declares other metrics beside the code they measure."""

from prometheus_client import Counter, Histogram

RPC_SECONDS = Histogram(
    "smsblaster_rpc_seconds",
    "Seconds that a gRPC method took",
    ["method", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
RPC_ERRORS = Counter(
    "smsblaster_rpc_internal_errors_total", "Calls that ended with an error that nobody expected"
)
