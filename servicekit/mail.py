"""Send mail through Postmark's Email API.

The text comes from the service that sends the mail (``POST /email``), or from a template that is
stored at Postmark (``POST /email/withTemplate``).

Postmark has no idempotency keys. If a request gets no response, the mail may have been sent, and a
second request may send it twice. So this module never repeats a request. A caller that tries again
gives the mail a reference and first asks whether it was sent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

import aiohttp
import orjson
import structlog

from servicekit.emails import ascii_email
from servicekit.errors import DomainError, InvalidInput, Unavailable
from servicekit.telemetry.tracing import Kind, span

log = structlog.get_logger()

_TIMEOUT = aiohttp.ClientTimeout(total=10, connect=5)
# Postmark's own error codes.
_INVALID_REQUEST = 300
_INACTIVE_RECIPIENT = 406
# The template is missing (1101), or can't be used with this request.
_TEMPLATE_FAULTS = range(1100, 1200)
# Postmark uses code 300 for every invalid request, for example if a template has no body, a subject
# is too long, or our own address is wrong. Only error messages that match this pattern are about
# the recipient.
_BAD_ADDRESS = re.compile(r"(Error parsing|Invalid) 'To'")
_INACTIVE = re.compile(r"inactive addresses: (?P<addresses>[^\s,]+(?:, ?[^\s,]+)*)")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to 1 to 50 email addresses.

    ``tag`` is the kind of mail; Postmark counts mails by tag, and the template is found by it.
    ``model`` has the values that ``subject``, ``text`` and ``html`` contain, by their names in
    templates. ``reference`` is the sender's own id of the mail, up to 80 characters, for
    :meth:`Mailer.was_sent`.
    """

    to: tuple[str, ...]
    subject: str
    text: str
    html: str
    tag: str
    model: Mapping[str, str]
    reference: str = ""


class Mailer:
    """Sends mail from ``sender``, an email address that Postmark has confirmed.

    With ``templates`` the text comes from the template at Postmark whose alias is ``templates``
    followed by the mail's tag. Otherwise, and if Postmark has no such template or can't use it, the
    mail's own text is sent, so that a faulty template loses no mail. Connections are opened in the
    loop of the first mail.
    """

    def __init__(self, base_url: str, server_token: str, sender: str, templates: str = "") -> None:
        self._base_url = base_url.rstrip("/")
        self._token = server_token
        self._sender = sender
        self._templates = templates
        self._session: aiohttp.ClientSession | None = None

    async def send(self, mail: Mail) -> None:
        """Send ``mail``. Email addresses that Postmark has deactivated are left out and logged.

        Raises ``InvalidInput`` mail_refused for an invalid address, and ``Unavailable``
        mail_unavailable if Postmark can't be reached or accepts no mail from us.
        """
        status, answer = await self._post(mail)
        if status == HTTPStatus.OK:
            return
        code = answer.get("ErrorCode")
        if code != _INACTIVE_RECIPIENT:
            raise _refusal(mail, status, answer)
        inactive = _inactive(answer)
        log.warning("mail_to_inactive_address", tag=mail.tag, addresses=len(inactive))
        rest = tuple(address for address in mail.to if address.lower() not in inactive)
        if rest and len(rest) < len(mail.to):
            await self.send(replace(mail, to=rest))

    async def _post(self, mail: Mail) -> tuple[int, dict[str, Any]]:
        """Post ``mail`` to Postmark. Return the status and the body of its response.

        If its template is at fault, Postmark sends the mail to nobody. So nobody gets it twice when
        it is sent again with its own text.
        """
        if self._templates:
            alias = self._templates + mail.tag
            words = {"TemplateAlias": alias, "TemplateModel": dict(mail.model)}
            status, answer = await self._request("/email/withTemplate", mail, words)
            if not _is_templates_fault(answer):
                return status, answer
            log.warning("mail_template_at_fault", alias=alias, code=answer.get("ErrorCode"))
        own = {"Subject": mail.subject, "TextBody": mail.text, "HtmlBody": mail.html}
        return await self._request("/email", mail, own)

    async def was_sent(self, reference: str) -> bool:
        """Tell whether a mail with ``reference`` was sent. Raises ``Unavailable``."""
        wanted = {"count": "1", "offset": "0", "metadata_reference": reference}
        status, answer = await self._ask("GET", "/messages/outbound", params=wanted)
        if status != HTTPStatus.OK or "TotalCount" not in answer:
            raise _unavailable()
        return bool(answer["TotalCount"])

    async def close(self) -> None:
        """Close the connections to Postmark."""
        if self._session:
            await self._session.close()

    async def _ask(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """Send a request to Postmark. Return the status and the body of its response.

        The body is empty if it is not a JSON object.
        """
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=_TIMEOUT)
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "X-Postmark-Server-Token": self._token,
        }
        try:
            with span("postmark", Kind.CLIENT) as recorded:
                async with self._session.request(
                    method,
                    self._base_url + path,
                    params=params,
                    data=data,
                    headers=headers,
                    allow_redirects=False,
                ) as answer:
                    recorded.note({"http.response.status_code": answer.status})
                    return answer.status, _object(await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("mail_service_away", error=type(error).__name__)
            raise _unavailable() from error

    async def _request(
        self, path: str, mail: Mail, words: Mapping[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        request = {
            "From": self._sender,
            "To": ", ".join(map(ascii_email, mail.to)),
            "Tag": mail.tag,
            "MessageStream": "outbound",
            "Metadata": {"reference": mail.reference} if mail.reference else {},
            **words,
        }
        return await self._ask("POST", path, data=orjson.dumps(request))


def _is_templates_fault(answer: Mapping[str, Any]) -> bool:
    """Tell whether the mail may have been refused because of its template."""
    code = answer.get("ErrorCode")
    return code in _TEMPLATE_FAULTS or (code == _INVALID_REQUEST and not _names_address(answer))


def _names_address(answer: Mapping[str, Any]) -> bool:
    return _BAD_ADDRESS.match(str(answer.get("Message"))) is not None


def _refusal(mail: Mail, status: int, answer: Mapping[str, Any]) -> DomainError:
    code = answer.get("ErrorCode")
    if code == _INVALID_REQUEST and _names_address(answer):
        return InvalidInput.of("email", "does not accept mail", "mail_refused")
    log.error("mail_refused", tag=mail.tag, status=status, code=code)
    return _unavailable()


def _object(body: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _inactive(answer: dict[str, Any]) -> set[str]:
    found = _INACTIVE.search(str(answer.get("Message")))
    listed = found["addresses"].rstrip(".").split(",") if found else []
    return {address.strip().lower() for address in listed}


def _unavailable() -> Unavailable:
    return Unavailable("Mail can't be sent right now. Try again later.", "mail_unavailable")
