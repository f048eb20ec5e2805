"""Postmark's paths and their handlers."""

import hmac
from collections.abc import Callable
from typing import Any

import orjson

from simulator.edge import Call, Handler, Reply, Route, json_reply
from simulator.postmark.errors import PostmarkError
from simulator.postmark.mail import TEST_TOKEN, Json, Postmark
from simulator.postmark.templates import Template

API = "/api.postmarkapp.com"
MAX_BATCH = 500
PostmarkHandler = Callable[[Postmark, Call], Reply]


def routes(postmark: Postmark) -> list[Route]:
    """Return all of Postmark's endpoints. Each one checks the server token first."""
    handlers: list[tuple[str, str, PostmarkHandler]] = [
        ("POST", "/email", send),
        ("POST", "/email/withTemplate", send_with_template),
        ("POST", "/email/batch", send_batch),
        ("POST", "/email/batchWithTemplates", send_batch_with_templates),
        ("GET", "/messages/outbound", list_outbound),
        ("GET", "/messages/outbound/{id}/details", fetch_outbound),
        ("GET", "/templates", list_templates),
        ("POST", "/templates", create_template),
        ("GET", "/templates/{id}", fetch_template),
        ("PUT", "/templates/{id}", update_template),
        ("DELETE", "/templates/{id}", delete_template),
        ("*", "/{path:.*}", _unknown),
    ]
    return [Route(method, API + path, _guarded(postmark, h)) for method, path, h in handlers]


def send(postmark: Postmark, call: Call) -> Reply:
    """Send one mail. Raises the errors of `Postmark.send`."""
    return json_reply(postmark.send(call.writes, _object(call), deliver=_delivers(call)))


def send_with_template(postmark: Postmark, call: Call) -> Reply:
    """Send one mail that is made from a template."""
    asked = postmark.fill_in(_object(call))
    return json_reply(postmark.send(call.writes, asked, deliver=_delivers(call)))


def send_batch(postmark: Postmark, call: Call) -> Reply:
    """Send up to 500 mails. The response has status 200 and a list with a result for each mail."""
    return _batch(postmark, call, _json(call), lambda asked: asked)


def send_batch_with_templates(postmark: Postmark, call: Call) -> Reply:
    """Send up to 500 mails from templates."""
    return _batch(postmark, call, _object(call).get("Messages"), postmark.fill_in)


def list_outbound(postmark: Postmark, call: Call) -> Reply:
    """List mails, newest first, in pages of `count` from `offset`.

    Filters are recipient, tag and metadata.
    """
    recipient, tag = call.query.get("recipient"), call.query.get("tag")
    metadata = {
        name.removeprefix("metadata_"): value
        for name, value in call.query.pairs
        if name.startswith("metadata_")
    }
    found = [
        mail
        for mail in postmark.outbox()
        if (not recipient or recipient in mail["Recipients"])
        and (not tag or tag == mail["Tag"])
        and metadata.items() <= mail["Metadata"].items()
    ]
    start, count = _page(call)
    return json_reply({"TotalCount": len(found), "Messages": found[start : start + count]})


def fetch_outbound(postmark: Postmark, call: Call) -> Reply:
    """Return the accepted mail whose id is in the path, or an error if there is none."""
    mail = postmark.find(call.match["id"])
    if mail is None:
        raise PostmarkError(701, "This message was not found.", 404)
    return json_reply(mail)


def list_templates(postmark: Postmark, call: Call) -> Reply:
    """List templates, in pages of `count` from `offset`."""
    found = [template.view() for template in postmark.templates]
    start, count = _page(call)
    return json_reply({"TotalCount": len(found), "Templates": found[start : start + count]})


def create_template(postmark: Postmark, call: Call) -> Reply:
    """Store a new template.

    Raises:
        PostmarkError: 1109 if the name is missing.
    """
    asked = _object(call)
    if not asked.get("Name"):
        raise PostmarkError(1109, "The template's 'Name' is missing.")
    number = 1 + max((template.template_id for template in postmark.templates), default=0)
    template = Template(number, "", "", "", "", "")
    return _store_template(postmark, call, template, asked)


def fetch_template(postmark: Postmark, call: Call) -> Reply:
    """Return the template whose id or alias is in the path."""
    return json_reply(postmark.template(call.match["id"]).view())


def update_template(postmark: Postmark, call: Call) -> Reply:
    """Replace the fields of a template that the request contains."""
    template = postmark.template(call.match["id"])
    return _store_template(postmark, call, template, {**template.view(), **_object(call)})


def delete_template(postmark: Postmark, call: Call) -> Reply:
    """Delete the template whose id or alias is in the path."""
    template = postmark.template(call.match["id"])
    postmark.templates.remove(call.writes, str(template.template_id))
    return json_reply({"ErrorCode": 0, "Message": f"Template {template.template_id} removed."})


def _guarded(postmark: Postmark, handler: PostmarkHandler) -> Handler:
    def guarded(call: Call) -> Reply:
        token = call.headers.get("X-Postmark-Server-Token", "")
        expected = postmark.settings.postmark_server_token
        if not hmac.compare_digest(token.encode(), expected.encode()) and token != TEST_TOKEN:
            raise PostmarkError(10, "The Server Token you provided is missing or not valid.", 401)
        call.account_sid = "postmark"
        return handler(postmark, call)

    return guarded


def _delivers(call: Call) -> bool:
    return call.headers.get("X-Postmark-Server-Token") != TEST_TOKEN


def _json(call: Call) -> Any:
    if not call.headers.get("Content-Type", "").startswith("application/json"):
        raise PostmarkError(409, "The 'Content-Type' must be application/json.", 415)
    try:
        return orjson.loads(call.body)
    except orjson.JSONDecodeError:
        raise PostmarkError(402, "The JSON is not valid.") from None


def _object(call: Call) -> Json:
    asked = _json(call)
    if not isinstance(asked, dict):
        raise PostmarkError(403, "An object is expected.")
    return asked


def _batch(postmark: Postmark, call: Call, asked: Any, prepare: Callable[[Json], Json]) -> Reply:
    if not isinstance(asked, list) or not all(isinstance(each, dict) for each in asked):
        raise PostmarkError(403, "A list of messages is expected.")
    if len(asked) > MAX_BATCH:
        raise PostmarkError(410, "A batch has at most 500 messages.")
    return json_reply([_one_of_batch(postmark, call, each, prepare) for each in asked])


def _one_of_batch(
    postmark: Postmark, call: Call, asked: Json, prepare: Callable[[Json], Json]
) -> Json:
    try:
        return postmark.send(call.writes, prepare(asked), deliver=_delivers(call))
    except PostmarkError as error:
        return error.body


def _store_template(postmark: Postmark, call: Call, template: Template, asked: Json) -> Reply:
    template.alias = asked.get("Alias") or ""
    template.name = asked.get("Name") or ""
    template.subject = asked.get("Subject") or ""
    template.html_body = asked.get("HtmlBody") or ""
    template.text_body = asked.get("TextBody") or ""
    postmark.templates.put(call.writes, str(template.template_id), template)
    return json_reply(template.view())


def _page(call: Call) -> tuple[int, int]:
    start, count = call.query.get("offset", "0"), call.query.get("count", "50")
    if not (start.isdigit() and count.isdigit()):
        raise PostmarkError(300, "'count' and 'offset' must be whole numbers.")
    return int(start), int(count)


def _unknown(postmark: Postmark, call: Call) -> Reply:
    raise PostmarkError(0, "There is no such resource.", 404)
