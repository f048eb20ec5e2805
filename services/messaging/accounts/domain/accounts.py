"""What an organisation sends with."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of an account: it signs in, but changes neither keys nor the account."""

    sid: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SendingAccount:
    """An organisation's Twilio account. Nothing can be sent unless it ``has_sender``.

    ``auth_token`` is the newest one that Twilio takes. Texts are sent with the ``api_key`` where
    there is one.
    """

    sub_account_sid: str
    auth_token: str = field(repr=False)
    messaging_service_sid: str | None
    has_sender: bool
    api_key: ApiKey | None = None
    suspended: bool = False

    @property
    def signs_in_as(self) -> tuple[str, str]:
        """User and password with which it sends and asks for texts."""
        if self.api_key:
            return self.api_key.sid, self.api_key.secret
        return self.sub_account_sid, self.auth_token
