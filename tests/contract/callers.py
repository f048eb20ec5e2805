"""Callers of random requests: an organisation's owner, and an operator."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import uuid4

from schemathesis import Case as Request

from services.gateway.http.contract import Method
from smsblaster.options.v1 import access_pb2
from tests.fixtures.a2p import A2P_BRAND
from tests.fixtures.platform import Platform, audience, csv_of
from tests.tenancy.case import Belongings, Case
from tests.tenancy.cases import CASES
from tests.tenancy.neighbours import belongings

_FILE = csv_of(audience(3, first=8_500))
# The operator changes a third organisation (the bystander), so that the callers stay usable.
_OPERATORS_CASES: Mapping[str, Case] = {
    "UserAdminService.ResetUserSecondFactor": Case(path=lambda them: {"id": them["user"]}),
    "UserAdminService.SetUserStatus": Case(path=lambda them: {"id": them["user"]}),
    "AdminSubaccountService.SuspendSubaccount": Case(path=lambda them: {"orgId": them.org_id}),
    "AdminSubaccountService.ReactivateSubaccount": Case(path=lambda them: {"orgId": them.org_id}),
    "AdjustmentService.AdjustBalance": Case(
        body=lambda _, them: {"userId": them["user"], "orgId": them.org_id}
    ),
    # Nobody texts the Falkland Islands.
    "AdminPriceService.SetPrice": Case(path=lambda _: {"country": "FK"}),
    "AdminPriceService.SetNumberPrice": Case(
        path=lambda _: {"country": "FK", "numberType": "local"}
    ),
    "AdminSendingService.SetSendingRate": Case(path=lambda them: {"orgId": them.org_id}),
    "ApiKeyAdminService.ListOrganisationApiKeys": Case(path=lambda them: {"orgId": them.org_id}),
    "ApiKeyAdminService.RevokeOrganisationApiKey": Case(path=lambda them: {"orgId": them.org_id}),
    "AuditService.ListAllAudit": Case(query=lambda them: {"orgId": them.org_id}),
}
# Values that random requests do not find: phone numbers that can be texted, a valid brand, and
# combinations of fields that are allowed.
_ACCEPTED: Mapping[str, Mapping[str, Any]] = {
    "ContactService.CreateContact": {"phone": "+12126008600", "firstName": "Ada"},
    "QuickSendService.SendText": {"to": "+12126008601", "message": "Hello"},
    "RegistrationService.SubmitBrand": A2P_BRAND,
    "AttendeeService.CreateAttendee": {"firstName": "Ada", "phone": "+12126008603"},
    "EventNotificationService.Notify": {"notificationType": "event_reminder"},
    "QuestionSetService.PublishQuestionSet": {},
    "QuestionSetService.NotifyQuestionSet": {"variables": {"hint": "x"}},
    "EventSmsService.RetrySms": {"retryAll": True},
}

_OWNERS_CASES: Mapping[str, tuple[Case, ...]] = {
    **CASES,
    # The owner's own session must not end.
    "SessionService.EndSession": (Case(path=lambda _: {"id": str(uuid4())}),),
    "LookupService.LookUpNumber": (Case(query=lambda _: {"phone": "+12126008602"}),),
}


@dataclass(frozen=True)
class Callers:
    """An owner with one object of every kind, an operator's token, and a third organisation.

    `release` lets all organisations send again, if the operator holds all sending.
    """

    owner: Belongings
    operator: str
    bystander: Belongings
    release: Callable[[], object]

    def headers(self, method: Method) -> dict[str, str]:
        """Return the headers of a caller who is allowed to call `method`."""
        if method.is_public:
            return {}
        is_operators = method.access.caller == access_pb2.CALLER_PLATFORM_ADMIN
        return {"Authorization": f"Bearer {self.operator if is_operators else self.owner.token}"}

    def about_what_is_there(self, request: Request[Any], method: Method) -> Request[Any]:
        """Return the same request with ids of objects that exist."""
        for case in _OWNERS_CASES.get(method.name, ())[-1:]:
            _name(request, case, self.owner)
        if method.name in _OPERATORS_CASES:
            _name(request, _OPERATORS_CASES[method.name], self.bystander)
        if method.uploads:
            _fill(request, {"file": _FILE})
        if method.name in _ACCEPTED:
            request.body = dict(_ACCEPTED[method.name])
        return request


def callers_of(platform: Platform) -> Callers:
    """Create callers on the platform that no other test uses."""
    operator = platform.operator()
    them = platform.organisation("Bystander", cents=100)
    bystander = Belongings(
        them.org_id, them.api.access_token, {"user": them.api.get("/api/me")["id"]}
    )
    release = partial(operator.api.post, "/api/admin/sending/release", {"reason": "The test ends"})
    return Callers(belongings(platform, 8_000), operator.api.access_token, bystander, release)


def _name(request: Request[Any], case: Case, things: Belongings) -> None:
    """Put the ids of ``things`` into ``request`` at the places where ``case`` has an id."""
    path = {
        name: things[value.removeprefix("mine:")] if value.startswith("mine:") else value
        for name, value in case.path(things).items()
    }
    request.path_parameters = {**request.path_parameters, **path}
    request.query = {**request.query, **case.query(things)}
    _fill(request, (case.form(things) if case.form else case.body(things, things)) or {})


def _fill(request: Request[Any], fields: Mapping[str, Any]) -> None:
    """Set fields of the request body if it is an object, and remove a form's file."""
    body: Any = request.body
    if isinstance(body, dict):
        kept = {name: value for name, value in body.items() if name != "file"}
        request.body = {**kept, **fields}
