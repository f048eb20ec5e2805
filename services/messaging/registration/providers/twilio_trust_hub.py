"""Twilio's Trust Hub: who a business is, over the official SDK, with the account's credentials.

Every thing gets a name of ours, so that one whose creation was cut off is found again. Each call
may raise ``Unavailable``, ``OutcomeUnknown``, ``NotFound`` and ``Refused``, as those of
``twilio_control``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from twilio.rest import Client

from services.messaging.accounts.domain.accounts import SendingAccount
from services.messaging.common.providers.twilio_http import Refused, TwilioHttp
from services.messaging.common.providers.twilio_sdk import MasterAccount, signed_in
from services.messaging.registration.domain.reviews import Reason, code_of

Collection = Literal["customer_profiles", "trust_products"]

_CONFLICT = 20409
_REJECTED = "twilio-rejected"


@dataclass(frozen=True, slots=True)
class Policies:
    """Twilio's ids of what bundles are evaluated by (RN...)."""

    primary: str
    secondary: str
    a2p: str


@dataclass(frozen=True, slots=True)
class NewBundle:
    """A customer profile or trust product to be. ``email``: who hears of its review."""

    name: str
    email: str
    policy_sid: str
    status_callback: str | None = None


class TwilioTrustHub:
    """The calls that describe a business; the platform's own, ``master``, stands for all."""

    def __init__(self, master: MasterAccount, http: TwilioHttp) -> None:
        self._master = master
        self._http = http

    async def primary_profile(self, policy_sid: str) -> str | None:
        """The platform's own approved customer profile (BU...), which those of others rest on."""
        client = self._signed_in(self._master.sid, self._master.auth_token)
        found = await client.trusthub.v1.customer_profiles.list_async(
            status="twilio-approved", policy_sid=policy_sid, limit=1
        )
        return found[0].sid if found else None

    async def find_bundle(
        self, account: SendingAccount, collection: Collection, name: str
    ) -> str | None:
        """The profile or product of that name."""
        found = await self._bundles(account, collection).list_async(friendly_name=name, limit=1)
        return found[0].sid if found else None

    async def create_bundle(
        self, account: SendingAccount, collection: Collection, new: NewBundle
    ) -> str:
        """Begin a profile or product; its id."""
        more = {"status_callback": new.status_callback} if new.status_callback else {}
        created = await self._bundles(account, collection).create_async(
            friendly_name=new.name, email=new.email, policy_sid=new.policy_sid, **more
        )
        return str(created.sid)

    async def assign(
        self, account: SendingAccount, collection: Collection, sid: str, object_sid: str
    ) -> None:
        """Make something a part of a profile or product; nothing where it is one already."""
        bundle = self._bundles(account, collection)(sid)
        assignments = getattr(bundle, f"{collection}_entity_assignments")
        if any(each.object_sid == object_sid for each in await assignments.list_async()):
            return
        try:
            await assignments.create_async(object_sid=object_sid)
        except Refused as refusal:
            if refusal.provider_code != _CONFLICT:
                raise

    async def evaluate(
        self, account: SendingAccount, collection: Collection, sid: str, policy_sid: str
    ) -> Sequence[Reason]:
        """What a profile or product still lacks; nothing where it can be submitted."""
        bundle = self._bundles(account, collection)(sid)
        evaluations = getattr(bundle, f"{collection}_evaluations")
        made = await evaluations.create_async(policy_sid=policy_sid)
        if made.status == "compliant":
            return ()
        return [_lack(result) for result in made.results or () if not result.get("passed")]

    async def submit(self, account: SendingAccount, collection: Collection, sid: str) -> None:
        """Have a profile or product reviewed."""
        await self._bundles(account, collection)(sid).update_async(status="pending-review")

    async def rejection(self, account: SendingAccount, sid: str) -> Sequence[Reason] | None:
        """Why the customer profile was rejected; None where it was not."""
        profile = await self._bundles(account, "customer_profiles")(sid).fetch_async()
        return reasons_of(profile.errors) if profile.status == _REJECTED else None

    async def find_end_user(self, account: SendingAccount, name: str) -> str | None:
        """The end user of that name."""
        users = await self._client(account).trusthub.v1.end_users.list_async()
        return next((str(user.sid) for user in users if user.friendly_name == name), None)

    async def create_end_user(
        self, account: SendingAccount, name: str, kind: str, attributes: Mapping[str, str]
    ) -> str:
        """Describe the business or a person by the attributes that Twilio asks of ``kind``."""
        created = await self._client(account).trusthub.v1.end_users.create_async(
            friendly_name=name, type=kind, attributes=dict(attributes)
        )
        return str(created.sid)

    async def update_end_user(
        self, account: SendingAccount, sid: str, attributes: Mapping[str, str]
    ) -> None:
        """Replace what an end user says."""
        end_users = self._client(account).trusthub.v1.end_users
        await end_users(sid).update_async(attributes=dict(attributes))

    async def find_document(self, account: SendingAccount, name: str) -> str | None:
        """The supporting document of that name."""
        documents = await self._client(account).trusthub.v1.supporting_documents.list_async()
        return next((str(d.sid) for d in documents if d.friendly_name == name), None)

    async def create_address_document(
        self, account: SendingAccount, name: str, address_sid: str
    ) -> str:
        """Name an address as the business's; the document's id."""
        created = await self._client(account).trusthub.v1.supporting_documents.create_async(
            friendly_name=name,
            type="customer_profile_address",
            attributes={"address_sids": address_sid},
        )
        return str(created.sid)

    async def find_address(self, account: SendingAccount, name: str) -> str | None:
        """The address of that name."""
        found = await self._client(account).addresses.list_async(friendly_name=name, limit=1)
        return found[0].sid if found else None

    async def create_address(
        self, account: SendingAccount, name: str, fields: Mapping[str, str]
    ) -> str:
        """Keep a postal address; its id."""
        created = await self._client(account).addresses.create_async(friendly_name=name, **fields)
        return str(created.sid)

    async def update_address(
        self, account: SendingAccount, sid: str, fields: Mapping[str, str]
    ) -> None:
        """Change a postal address; Twilio lets its country be."""
        changes = {name: value for name, value in fields.items() if name != "iso_country"}
        await self._client(account).addresses(sid).update_async(**changes)

    def _bundles(self, account: SendingAccount, collection: Collection) -> Any:
        return getattr(self._client(account).trusthub.v1, collection)

    def _client(self, account: SendingAccount) -> Client:
        return self._signed_in(account.sub_account_sid, account.auth_token)

    def _signed_in(self, account_sid: str, auth_token: str) -> Client:
        return signed_in(self._http, self._master.base_url, account_sid, auth_token)


def reasons_of(errors: Sequence[Mapping[str, Any]] | None) -> list[Reason]:
    """Twilio's ``errors`` of a resource; the code's name differs between resources."""
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
