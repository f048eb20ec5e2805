"""Requests to Twilio's Trust Hub that describe a business, with the account's credentials.

Each object gets a name chosen by us, so that it can be found if its creation was interrupted. Each
method may raise ``Unavailable``, ``OutcomeUnknown``, ``NotFound`` and ``TwilioRefused``, as in
``twilio_control``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from twilio.rest import Client

from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.common.providers.twilio_http import TwilioHttp, TwilioRefused
from services.messaging.common.providers.twilio_sdk import MasterAccount, twilio_client
from services.messaging.registration.domain.reviews import Reason, code_of

Collection = Literal["customer_profiles", "trust_products"]

_CONFLICT = 20409
_REJECTED = "twilio-rejected"


@dataclass(frozen=True, slots=True)
class Policies:
    """Twilio's ids (RN...) of the policies by which profiles and products are evaluated."""

    primary: str
    secondary: str
    a2p: str


@dataclass(frozen=True, slots=True)
class NewBundle:
    """A customer profile or trust product to create. ``email``: who gets the review's result."""

    name: str
    email: str
    policy_sid: str
    status_callback: str | None = None


class TwilioTrustHub:
    """Client of Twilio's Trust Hub, which stores the descriptions of businesses.

    ``master`` is the platform's own account.
    """

    def __init__(self, master: MasterAccount, http: TwilioHttp) -> None:
        self._master = master
        self._http = http

    async def primary_profile(self, policy_sid: str) -> str | None:
        """Return the platform's own approved profile (BU...), which customers' profiles need."""
        client = self._client_for(self._master.sid, self._master.auth_token)
        found = await client.trusthub.v1.customer_profiles.list_async(
            status="twilio-approved", policy_sid=policy_sid, limit=1
        )
        return found[0].sid if found else None

    async def find_bundle(
        self, account: SendingAccount, collection: Collection, name: str
    ) -> str | None:
        """Return the id of the profile or product with this name, if there is one."""
        found = await self._bundles(account, collection).list_async(friendly_name=name, limit=1)
        return found[0].sid if found else None

    async def create_bundle(
        self, account: SendingAccount, collection: Collection, new: NewBundle
    ) -> str:
        """Create a customer profile or trust product. Returns its id."""
        more = {"status_callback": new.status_callback} if new.status_callback else {}
        created = await self._bundles(account, collection).create_async(
            friendly_name=new.name, email=new.email, policy_sid=new.policy_sid, **more
        )
        return str(created.sid)

    async def assign(
        self, account: SendingAccount, collection: Collection, sid: str, object_sid: str
    ) -> None:
        """Assign an object, such as an end user, to a profile or product. Idempotent."""
        bundle = self._bundles(account, collection)(sid)
        assignments = getattr(bundle, f"{collection}_entity_assignments")
        if any(each.object_sid == object_sid for each in await assignments.list_async()):
            return
        try:
            await assignments.create_async(object_sid=object_sid)
        except TwilioRefused as refusal:
            if refusal.provider_code != _CONFLICT:
                raise

    async def evaluate(
        self, account: SendingAccount, collection: Collection, sid: str, policy_sid: str
    ) -> Sequence[Reason]:
        """Return the errors in a profile or product. Empty if it can be submitted."""
        bundle = self._bundles(account, collection)(sid)
        evaluations = getattr(bundle, f"{collection}_evaluations")
        made = await evaluations.create_async(policy_sid=policy_sid)
        if made.status == "compliant":
            return ()
        return [_lack(result) for result in made.results or () if not result.get("passed")]

    async def submit(self, account: SendingAccount, collection: Collection, sid: str) -> None:
        """Submit a profile or product for review."""
        await self._bundles(account, collection)(sid).update_async(status="pending-review")

    async def rejection(self, account: SendingAccount, sid: str) -> Sequence[Reason] | None:
        """Return the reasons why a customer profile was rejected. None if it was not rejected."""
        profile = await self._bundles(account, "customer_profiles")(sid).fetch_async()
        return reasons_of(profile.errors) if profile.status == _REJECTED else None

    async def find_end_user(self, account: SendingAccount, name: str) -> str | None:
        """Return the id of the end user with this name, if there is one."""
        users = await self._client(account).trusthub.v1.end_users.list_async()
        return next((str(user.sid) for user in users if user.friendly_name == name), None)

    async def create_end_user(
        self, account: SendingAccount, name: str, kind: str, attributes: Mapping[str, str]
    ) -> str:
        """Create an end user, which describes a business or a person. Returns its id."""
        created = await self._client(account).trusthub.v1.end_users.create_async(
            friendly_name=name, type=kind, attributes=dict(attributes)
        )
        return str(created.sid)

    async def update_end_user(
        self, account: SendingAccount, sid: str, attributes: Mapping[str, str]
    ) -> None:
        """Replace the attributes of an end user (a business or a person)."""
        end_users = self._client(account).trusthub.v1.end_users
        await end_users(sid).update_async(attributes=dict(attributes))

    async def find_document(self, account: SendingAccount, name: str) -> str | None:
        """Return the id of the supporting document with this name, if there is one."""
        documents = await self._client(account).trusthub.v1.supporting_documents.list_async()
        return next((str(d.sid) for d in documents if d.friendly_name == name), None)

    async def create_address_document(
        self, account: SendingAccount, name: str, address_sid: str
    ) -> str:
        """Create the document that contains the business's address. Returns its id."""
        created = await self._client(account).trusthub.v1.supporting_documents.create_async(
            friendly_name=name,
            type="customer_profile_address",
            attributes={"address_sids": address_sid},
        )
        return str(created.sid)

    async def find_address(self, account: SendingAccount, name: str) -> str | None:
        """Return the id of the address with this name, if there is one."""
        found = await self._client(account).addresses.list_async(friendly_name=name, limit=1)
        return found[0].sid if found else None

    async def create_address(
        self, account: SendingAccount, name: str, fields: Mapping[str, str]
    ) -> str:
        """Create a postal address. Returns its id."""
        created = await self._client(account).addresses.create_async(friendly_name=name, **fields)
        return str(created.sid)

    async def update_address(
        self, account: SendingAccount, sid: str, fields: Mapping[str, str]
    ) -> None:
        """Change a postal address, except its country, which Twilio can't change."""
        changes = {name: value for name, value in fields.items() if name != "iso_country"}
        await self._client(account).addresses(sid).update_async(**changes)

    def _bundles(self, account: SendingAccount, collection: Collection) -> Any:
        return getattr(self._client(account).trusthub.v1, collection)

    def _client(self, account: SendingAccount) -> Client:
        return self._client_for(account.sub_account_sid, account.auth_token)

    def _client_for(self, account_sid: str, auth_token: str) -> Client:
        return twilio_client(self._http, self._master.base_url, account_sid, auth_token)


def reasons_of(errors: Sequence[Mapping[str, Any]] | None) -> list[Reason]:
    """Return a resource's errors as reasons.

    The key under which an error has its code depends on the resource.
    """
    return [
        Reason(
            code_of(error.get("code") or error.get("error_code")),
            str(error.get("description") or error.get("message") or ""),
            [str(field) for field in error.get("fields") or ()],
        )
        for error in errors or ()
    ]


def _lack(result: Mapping[str, Any]) -> Reason:
    fields = [str(field.get("object_field")) for field in result.get("invalid") or ()]
    return Reason(
        code_of(result.get("error_code")), str(result.get("failure_reason") or ""), fields
    )
