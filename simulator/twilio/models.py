"""What Twilio's side stores: accounts, keys, numbers, services, opt-outs, messages."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class TwilioAccount:
    """A master account or a subaccount.

    Attributes:
        owner_sid: The master account's SID; its own for the master.
        status: `active`, `suspended` or `closed`.
        secondary_auth_token: Waits for promotion; empty when there is none.
        created_ms: Milliseconds since the epoch, as all times here.
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
        """Whether it owns itself."""
        return self.sid == self.owner_sid


@dataclass(slots=True)
class ApiKey:
    """A standard API key: signs in, but manages neither keys nor accounts."""

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
        service_sid: The messaging service whose pool it is in; None for no pool.
        released: Given back; kept so that it is not sold again at once.
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
    """A messaging service; `pool` is the SIDs of its numbers in the order they came."""

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
        scope: SID of the messaging service, or the phone number outside of any, that may no
            longer text the person.
    """

    account_sid: str
    scope: str
    recipient: str
    since_ms: int

    @property
    def key(self) -> str:
        """The key that identifies it."""
        return opt_out_key(self.account_sid, self.scope, self.recipient)


def opt_out_key(account_sid: str, scope: str, recipient: str) -> str:
    """Return the key of an opt-out: an account, a sender's scope and a person."""
    return f"{account_sid}/{scope}/{recipient}"


@dataclass(slots=True)
class Message:
    """A text, outbound or inbound.

    Attributes:
        id: Number of the row; the last 16 digits of the SID, so that no index is needed.
        direction: `outbound-api`, `outbound-reply` or `inbound`.
        from_number: None until a service has picked the sender.
        num_segments: Counted at creation; shown as 0 until a service has picked the sender.
        price: Negative decimal string, None until the message is final; 0 from the beginning
            where it is free.
        request_id: The create request in the record; None when there was none.
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
