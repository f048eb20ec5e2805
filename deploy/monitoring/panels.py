"""The dashboards, as tables of panels. `python -m deploy.monitoring dashboards` writes them."""

from deploy.monitoring.grafana import Dashboard, Panel

_SECONDS, _PER_SECOND, _SHARE, _COUNT, _BYTES = "s", "ops", "percentunit", "short", "bytes"
# The amounts are cents. Grafana has no such unit, so the queries divide them.
_MONEY = "none"


def _rate(metric: str, by: str, labels: str = "") -> str:
    return f"sum by ({by}) (rate(smsblaster_{metric}{labels}[$__rate_interval]))"


def _quantile(share: float, metric: str, by: str = "", labels: str = "") -> str:
    groups = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {_rate(f'{metric}_bucket', groups, labels)})"


def _highest(metric: str, by: str = "") -> str:
    return f"max by ({by}) (smsblaster_{metric})" if by else f"max(smsblaster_{metric})"


_DELIVERED = 'sum(increase(smsblaster_messages_ended_total{status="delivered"}[1h]))'
_LAST_SUCCESS = _highest("job_last_success_timestamp_seconds", "service, job_name")

API = Dashboard(
    "api",
    "SMSBlaster: API",
    (
        Panel("Requests", _PER_SECOND, [(_rate("http_request_seconds_count", "status"), "status")]),
        Panel("Share of errors", _SHARE, [("smsblaster:api_errors:ratio_5m", "")]),
        Panel("Share slower than a second", _SHARE, [("smsblaster:api_slow:ratio_5m", "")]),
        Panel(
            "Slowest routes, 95 %",
            _SECONDS,
            [(f"topk(10, {_quantile(0.95, 'http_request_seconds', 'route')})", "route")],
        ),
        Panel(
            "Errors by route",
            _PER_SECOND,
            [(_rate("http_request_seconds_count", "route", '{status=~"5.."}'), "route")],
        ),
        Panel(
            "Requests in flight",
            _COUNT,
            [
                (_highest("http_requests_in_flight", "threads"), "threads"),
                (_highest("http_threads", "threads"), "threads"),
            ],
        ),
        Panel(
            "Slowest gRPC methods, 95 %",
            _SECONDS,
            [(f"topk(10, {_quantile(0.95, 'rpc_seconds', 'method')})", "method")],
        ),
        Panel(
            "gRPC calls in flight",
            _COUNT,
            [(_highest("rpc_in_flight", "instance"), "instance")],
        ),
        Panel(
            "Unexpected errors",
            _PER_SECOND,
            [(_rate("rpc_internal_errors_total", "instance"), "instance")],
        ),
        Panel(
            "Database connections in use",
            _COUNT,
            [(_highest("database_connections_in_use", "instance"), "instance")],
        ),
        Panel(
            "Event loop lag",
            _SECONDS,
            [(_highest("event_loop_lag_seconds", "instance"), "instance")],
        ),
        Panel("Open live streams", _COUNT, [("sum(smsblaster_stream_open)", "")]),
    ),
)

PIPELINE = Dashboard(
    "pipeline",
    "SMSBlaster: Pipeline",
    (
        Panel("Messages that wait", _COUNT, [(_highest("messages_waiting", "state"), "state")]),
        Panel(
            "Oldest message", _SECONDS, [(_highest("messages_oldest_seconds", "state"), "state")]
        ),
        Panel(
            "Requests to send",
            _PER_SECOND,
            [(_rate("sms_handed_over_total", "verdict"), "verdict")],
        ),
        Panel(
            "From due to handed over",
            _SECONDS,
            [(_quantile(share, "message_handover_seconds"), "") for share in (0.5, 0.95, 0.99)],
        ),
        Panel(
            "From handed over to delivered",
            _SECONDS,
            [(_quantile(share, "message_delivery_seconds"), "") for share in (0.5, 0.95)],
        ),
        Panel(
            "From callback to status",
            _SECONDS,
            [(_quantile(share, "status_callback_seconds"), "") for share in (0.5, 0.99)],
        ),
        Panel(
            "Twilio's latency, 95 %",
            _SECONDS,
            [(_quantile(0.95, "twilio_request_seconds", "call"), "call")],
        ),
        Panel(
            "Twilio's answers",
            _PER_SECOND,
            [(_rate("twilio_request_seconds_count", "answer"), "answer")],
        ),
        Panel("Ended messages", _PER_SECOND, [(_rate("messages_ended_total", "status"), "status")]),
        Panel(
            "Share delivered",
            _SHARE,
            [
                (
                    f"{_DELIVERED} / sum(increase(smsblaster_messages_ended_total[1h]))",
                    "",
                )
            ],
        ),
        Panel("Running campaigns", _COUNT, [(_highest("campaigns_running"), "")]),
        Panel(
            "Since Twilio was asked for replies",
            _SECONDS,
            [("min(smsblaster_inbound_poll_behind_seconds)", "")],
        ),
    ),
)

BUS = Dashboard(
    "bus",
    "SMSBlaster: Bus and jobs",
    (
        Panel(
            "Age of what consumers handle",
            _SECONDS,
            [(_highest("bus_consumer_lag_seconds", "consumer"), "consumer")],
        ),
        Panel(
            "Messages that consumers were not given yet",
            _COUNT,
            [(_highest("bus_consumer_pending_messages", "consumer"), "consumer")],
        ),
        Panel("Messages", _PER_SECOND, [(_rate("bus_messages_total", "consumer"), "consumer")]),
        Panel(
            "Oldest event in outbox",
            _SECONDS,
            [(_highest("outbox_oldest_seconds", "service"), "service")],
        ),
        Panel("Events in outbox", _COUNT, [(_highest("outbox_events", "service"), "service")]),
        Panel("Bytes of streams", _BYTES, [(_highest("bus_stream_bytes", "stream"), "stream")]),
        Panel(
            "Open dead letters", _COUNT, [(_highest("dead_letters_open", "consumer"), "consumer")]
        ),
        Panel(
            "Items that jobs skip", _COUNT, [(_highest("failing_items", "job_name"), "job_name")]
        ),
        Panel(
            "Time since the last success of jobs",
            _SECONDS,
            [
                (
                    f"topk(10, time() - {_LAST_SUCCESS})",
                    "job_name",
                )
            ],
        ),
        Panel(
            "Duration of jobs",
            _SECONDS,
            [
                (
                    f"topk(10, {_highest('job_last_duration_seconds', 'service, job_name')})",
                    "job_name",
                )
            ],
        ),
        Panel(
            "Calls of providers",
            _PER_SECOND,
            [(_rate("webhook_seconds_count", "path, status"), "path")],
        ),
        Panel(
            "Calls of customers' endpoints",
            _PER_SECOND,
            [(_rate("webhook_calls_total", "outcome"), "outcome")],
        ),
    ),
)


def _money(source: str, kind: str) -> str:
    labels = f'{{source="{source}",type="{kind}"}}'
    return f"sum(increase(smsblaster_billing_cents_total{labels}[1h])) / 100"


MONEY = Dashboard(
    "money",
    "SMSBlaster: Money",
    (
        Panel("Spending on texts within an hour", _MONEY, [(_money("sms", "debit"), "")]),
        Panel("Refunds within an hour", _MONEY, [(_money("sms", "credit"), "")]),
        Panel("Top-ups within an hour", _MONEY, [(_money("stripe", "credit"), "")]),
        Panel("Taken back by Stripe within an hour", _MONEY, [(_money("stripe", "debit"), "")]),
        Panel("Months of numbers within an hour", _MONEY, [(_money("number", "debit"), "")]),
        Panel(
            "Refunds that are due",
            _COUNT,
            [('max(smsblaster_messages_waiting{state="refund"})', "")],
        ),
        Panel(
            "Mismatches of the ledger",
            _COUNT,
            [("sum(increase(smsblaster_billing_ledger_mismatches_total[1h]))", "")],
        ),
        Panel("Unhandled webhooks", _COUNT, [(_highest("webhooks_unhandled"), "")]),
        Panel(
            "Calls of Stripe",
            _PER_SECOND,
            [(_rate("webhook_seconds_count", "status", '{path="/api/webhooks/stripe"}'), "status")],
        ),
    ),
)

TENANTS = Dashboard(
    "tenants",
    "SMSBlaster: Organisations",
    (
        Panel(
            "Organisations whose texts are late",
            _SECONDS,
            [(_highest("organisation_due_seconds", "org_id"), "org_id")],
        ),
        Panel(
            "Organisations whose credentials can't be opened",
            _COUNT,
            [(_highest("twilio_accounts_unreadable"), "")],
        ),
        Panel(
            "Attempts to reach another organisation's data",
            _COUNT,
            [("sum(increase(smsblaster_security_events_total[1h]))", "")],
        ),
        Panel(
            "Late deliveries to customers",
            _SECONDS,
            [(_highest("webhook_deliveries_oldest_seconds"), "")],
        ),
        Panel("Waiting deliveries", _COUNT, [(_highest("webhook_deliveries_waiting"), "")]),
        Panel("Waiting mails", _COUNT, [(_highest("mails_waiting"), "")]),
        Panel("Late campaigns", _SECONDS, [(_highest("campaigns_overdue_seconds"), "")]),
        Panel(
            "Recipients that campaigns have processed",
            _PER_SECOND,
            [("sum(rate(smsblaster_campaigns_recipients_planned_total[$__rate_interval]))", "")],
        ),
        Panel(
            "Items that jobs skip",
            _COUNT,
            [(_highest("failing_items", "service, job_name"), "job_name")],
        ),
    ),
)

DASHBOARDS = (API, PIPELINE, BUS, MONEY, TENANTS)
