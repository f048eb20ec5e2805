"""Record security events in the audit log: attempts to access another organisation's data."""

from flask import Request
from prometheus_client import Counter

from servicekit.identity import current
from servicekit.telemetry.context import request_id
from servicekit.web.loop_thread import LoopThread
from services.gateway.http.contract import Method
from services.gateway.storage.audit import AuditEntry
from services.gateway.usecases.audit_log import AuditLog

SECURITY_EVENTS = Counter("smsblaster_security_events_total", "Security events", ["action"])
CROSS_ORG_ACCESS = "cross_org_access"
SECURITY_EVENTS.labels(CROSS_ORG_ACCESS)


class SecurityLog:
    """Records security events."""

    def __init__(self, loop: LoopThread, audit_log: AuditLog) -> None:
        self._loop = loop
        self._audit_log = audit_log

    def record_cross_org_access(self, method: Method, request: Request) -> None:
        """Record that the caller used an id of another organisation on a route.

        Only the id from the path is recorded, no data of the other organisation.
        """
        caller = current()
        # Somebody who builds on the API easily uses an id of the other mode. That is no attack.
        if not caller.is_test:
            SECURITY_EVENTS.labels(CROSS_ORG_ACCESS).inc()
        entry = AuditEntry(
            org_id=caller.require_org(),
            actor_user_id=caller.require_user(),
            action=CROSS_ORG_ACCESS,
            entity_type="route",
            entity_id=f"{method.verb} {method.path}",
            meta={"path": dict(request.view_args or {}), "requestId": request_id()},
        )
        self._loop.run(self._audit_log.record(entry))
