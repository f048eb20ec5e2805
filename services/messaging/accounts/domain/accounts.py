"""The Twilio account and the API key that an organisation sends with."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key of a subaccount. It can't be used to change other keys or the account itself."""

    sid: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whether an organisation can send, live or in test mode. It contains no secrets.

    Attributes:
        has_number: Whether its messaging service has a number. If not, nothing can be sent.
        suspended: Whether operators have stopped it.
    """

    has_number: bool
    suspended: bool


@dataclass(frozen=True, slots=True)
class SendingAccount:
    """An organisation's Twilio account, with its secrets in clear.

    Attributes:
        auth_token: The newest token that Twilio accepts.
        has_sender: Whether its messaging service has a number. If not, nothing can be sent.
        api_key: The key that messages are sent with. None before the first key is issued.
    """

    sub_account_sid: str
    auth_token: str = field(repr=False)
    messaging_service_sid: str | None
    has_sender: bool
    api_key: ApiKey | None = None
    suspended: bool = False

    @property
    def signs_in_as(self) -> tuple[str, str]:
        """User name and password with which requests about messages sign in at Twilio."""
        if self.api_key:
            return self.api_key.sid, self.api_key.secret
        return self.sub_account_sid, self.auth_token
