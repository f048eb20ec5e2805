"""What an organisation sends with."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SendingAccount:
    """An organisation's Twilio account. Nothing can be sent unless it ``has_sender``."""

    sub_account_sid: str
    auth_token: str = field(repr=False)
    messaging_service_sid: str | None
    has_sender: bool
