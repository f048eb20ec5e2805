"""Twilio's error responses: code, HTTP status and text, from Twilio's error dictionary."""

import orjson

from simulator.edge import ProviderError, Reply

TEXTS: dict[int, tuple[int, str]] = {
    20001: (400, "A parameter is missing or not known"),
    20002: (400, "FriendlyName is invalid or longer than 64 characters"),
    20003: (401, "Authenticate"),
    20004: (405, "This method is not allowed on this resource"),
    20005: (403, "Account not active"),
    20007: (400, "Page size is too large"),
    20009: (409, "Resource is not in a final state and cannot be deleted"),
    20403: (403, "Forbidden"),
    20404: (404, "The requested resource {detail} was not found"),
    20409: (409, "The resource conflicts with another one"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service is unavailable"),
    21211: (400, "The 'To' number {detail} is not a valid phone number"),
    21212: (400, "The 'From' number {detail} is not a valid phone number or sender"),
    21402: (400, "URL is not valid: {detail}"),
    21408: (400, "Permission to send to the region of {detail} has not been enabled"),
    21421: (400, "PhoneNumber is not a valid phone number: {detail}"),
    21422: (400, "PhoneNumber is not available: {detail}"),
    21451: (400, "AreaCode is not valid: {detail}"),
    21452: (400, "No phone numbers are available in area code {detail}"),
    21470: (400, "Account SID is not valid"),
    21475: (400, "Account status {detail} is not valid"),
    21477: (400, "The status of the parent account cannot be changed"),
    21479: (400, "The account is closed and cannot be opened again"),
    21602: (400, "Message body or media is required"),
    21603: (400, "A 'From' number or a messaging service is required to send a message"),
    21604: (400, "A 'To' phone number is required to send a message"),
    21606: (400, "The 'From' number {detail} is not a sender that this account can use"),
    21609: (400, "The StatusCallback URL {detail} is not valid"),
    21610: (400, "Attempt to send to a recipient who has opted out"),
    21611: (400, "The 'From' number {detail} has too many messages in its queue"),
    21612: (400, "Message cannot be sent with this combination of 'To' and 'From'"),
    21614: (400, "The 'To' number {detail} is not a mobile number"),
    21617: (400, "The message body is longer than 1600 characters"),
    21620: (400, "A media URL is not valid"),
    21623: (400, "More than 10 media were given"),
    21624: (400, "ValidityPeriod is not between 1 and 36000 seconds"),
    21701: (404, "The messaging service {detail} does not exist"),
    21703: (400, "The messaging service has no sender that suits this message"),
    21704: (400, "The messaging service has no phone numbers"),
    21705: (400, "The messaging service SID {detail} is not valid"),
    21710: (409, "The phone number is in the messaging service already"),
    21711: (404, "The phone number is not in the messaging service"),
    21712: (409, "The phone number is in another messaging service"),
    21714: (400, "The messaging service is full"),
    21717: (400, "The brand, customer profile or trust product is not valid here"),
    21720: (400, "The use case is not known"),
    21724: (400, "The brand was updated too often"),
    21725: (400, "The brand is not in status FAILED"),
    21727: (400, "A required parameter of the campaign is missing"),
    21728: (400, "A parameter of the campaign is too short or too long"),
    22214: (400, "The bundle does not meet its policy"),
    30409: (400, "The message can no longer be cancelled"),
    30436: (400, "The phone number SID is malformed or not this account's"),
    35111: (400, "SendAt is missing"),
    35114: (400, "SendAt is not a time in ISO 8601, or outside the window of scheduling"),
    35118: (400, "A messaging service is required to schedule a message"),
}

ERROR_MESSAGES: dict[int, str] = {
    21610: "Attempt to send to a recipient who has opted out",
    30001: "Queue overflow",
    30002: "Account suspended",
    30003: "Unreachable destination handset",
    30004: "Message blocked",
    30005: "Unknown destination handset",
    30006: "Landline or unreachable carrier",
    30007: "Carrier violation",
    30008: "Unknown error",
    30022: "US A2P 10DLC rate limit exceeded",
    30033: "US A2P 10DLC campaign suspended",
    30034: "US A2P 10DLC message from an unregistered number",
    30036: "Validity period expired",
}

CODE_OF_STATUS = {429: 20429, 500: 20500, 503: 20503, 404: 20404, 405: 20004, 403: 20403}


class TwilioError(ProviderError):
    """An error response with one of Twilio's codes.

    Args:
        code: Key of `TEXTS`.
        detail: The refused value, if the text shows it.
    """

    def __init__(self, code: int, detail: str = "") -> None:
        status, text = TEXTS[code]
        super().__init__(error_reply(status, code, text.format(detail=detail)))
        self.code = code


def error_reply(status: int, code: int, message: str) -> Reply:
    """Return a response with Twilio's error body."""
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return Reply(status, orjson.dumps(body))


def bare_error(status: int) -> Reply:
    """Return Twilio's error response for the HTTP status of an injected fault."""
    code = CODE_OF_STATUS.get(status, 20500)
    return error_reply(status, code, TEXTS[code][1].format(detail=""))
