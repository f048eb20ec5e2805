"""The objects of the simulated Twilio: accounts, keys, numbers, services, opt-outs, messages."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class TwilioAccount:
    """A master account or a subaccount.

    Attributes:
        owner_sid: SID of the master account. The master account owns itself.
        status: `active`, `suspended` or `closed`.
        secondary_auth_token: The second token until it is promoted. Empty if there is none.
        created_ms: Milliseconds since the epoch, like all times in this file.
    """

    sid: str
    owner_sid: str
    auth_token: str
    friendly_name: str
    created_ms: int
    updated_ms: int
    status: str = "active"
    secondary_auth_token: str = ""
    secondary_created_ms: int = 0

    @property
    def is_master(self) -> bool:
        """Whether this is the master account."""
        return self.sid == self.owner_sid


@dataclass(slots=True)
class ApiKey:
    """A standard API key. It authenticates requests, but can't manage keys or accounts."""

    sid: str
    account_sid: str
    secret: str
    friendly_name: str
    created_ms: int
    updated_ms: int


@dataclass(slots=True)
class Number:
    """A phone number that an account has bought.

    Attributes:
        service_sid: The messaging service whose pool has the number. None if it is in no pool.
        released: True once it was given back. It is kept so that it is not sold again.
        urls: `sms_url`, `sms_fallback_url`, `status_callback`, `voice_url` and their methods.
    """

    sid: str
    account_sid: str
    phone_number: str
    friendly_name: str
    created_ms: int
    updated_ms: int
    kind: str = "local"
    service_sid: str | None = None
    pooled_ms: int = 0
    released: bool = False
    urls: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Service:
    """A messaging service. `pool` has the SIDs of its numbers, oldest member first."""

    sid: str
    account_sid: str
    friendly_name: str
    created_ms: int
    updated_ms: int
    pool: list[str] = field(default_factory=list)
    inbound_request_url: str | None = None
    inbound_method: str = "POST"
    fallback_url: str | None = None
    fallback_method: str = "POST"
    status_callback: str | None = None
    sticky_sender: bool = True
    mms_converter: bool = True
    smart_encoding: bool = True
    area_code_geomatch: bool = True
    fallback_to_long_code: bool = True
    scan_message_content: str = "inherit"
    validity_period: int = 36000
    synchronous_validation: bool = False
    usecase: str = "undeclared"
    use_inbound_webhook_on_number: bool = False


@dataclass(slots=True)
class OptOut:
    """A person who texted STOP.

    Attributes:
        scope: The sender that may no longer text the person: the SID of a messaging service, or a
            phone number that is in no service.
    """

    account_sid: str
    scope: str
    recipient: str
    since_ms: int

    @property
    def key(self) -> str:
        """The key under which the opt-out is stored."""
        return opt_out_key(self.account_sid, self.scope, self.recipient)


def opt_out_key(account_sid: str, scope: str, recipient: str) -> str:
    """Return the key of an opt-out, made of account, scope (see `OptOut`) and person."""
    return f"{account_sid}/{scope}/{recipient}"


@dataclass(slots=True)
class Message:
    """A text, outbound or inbound.

    Attributes:
        id: The row id. The SID ends with its 16 digits, so that the SID needs no index.
        direction: `outbound-api`, `outbound-reply` or `inbound`.
        from_number: None until the service has picked the sender.
        num_segments: Counted at creation. The API shows 0 until the service has picked the sender.
        price: Negative decimal string, None until the message is final. The price of a free message
            is 0 from the beginning.
        request_id: Row id of the create request. None if the message was not created by a request.
    """

    id: int
    sid: str
    account_sid: str
    direction: str
    from_number: str | None
    to_number: str
    body: str
    messaging_service_sid: str | None
    status_callback: str | None
    status: str
    num_segments: int
    requested_at: int
    updated_at: int
    error_code: int | None = None
    media_urls: tuple[str, ...] = ()
    price: str | None = None
    sent_at: int | None = None
    send_at: int | None = None
    request_id: int | None = None
