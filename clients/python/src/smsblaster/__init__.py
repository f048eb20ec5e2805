"""Client of the SMSBlaster API."""

from smsblaster import webhooks
from smsblaster.client import Client
from smsblaster.errors import ApiError, FieldError
from smsblaster.resources.recipients import Recipient

__all__ = ["ApiError", "Client", "FieldError", "Recipient", "webhooks"]
