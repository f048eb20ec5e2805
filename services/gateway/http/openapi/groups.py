"""Describe groups of fields of which a request has exactly one, or at least one.

JSON Schema has ``oneOf`` for this, but generators make no usable class of it. So the schema only
says that the object is not empty. The rest is in the description and in an extension.
"""

from google.protobuf.descriptor import Descriptor

from services.gateway.http.openapi.constraints import Schema
from smsblaster.options.v1 import messages_pb2

_KINDS = (
    (messages_pb2.exactly_one_of, "x-exactly-one-of", "exactly one of"),
    (messages_pb2.at_least_one_of, "x-at-least-one-of", "at least one of"),
)


def group_rules(message: Descriptor) -> Schema:
    """Return JSON Schema keywords for the groups of fields that exclude each other in `message`."""
    found: Schema = {
        keyword: groups for option, keyword, _ in _KINDS if (groups := _groups(message, option))
    }
    return {"minProperties": 1, **found} if found else {}


def group_words(message: Descriptor) -> str:
    """Return sentences for people about the groups of fields, or an empty string.

    An example is "Send exactly one of a and b."
    """
    sentences = [
        f"Send {words} {' and '.join(group)}."
        for option, _, words in _KINDS
        for group in _groups(message, option)
    ]
    return " ".join(sentences)


def later_choices(message: Descriptor) -> frozenset[str]:
    """Return the names of the fields that are not the first of their group.

    An example of a request leaves them out, because it has only the first field of a group.
    """
    options = message.GetOptions().Extensions
    texts = [text for option, *_ in _KINDS for text in options[option]]
    return frozenset(name.strip() for text in texts for name in text.split(",")[1:])


def _groups(message: Descriptor, option: object) -> list[list[str]]:
    """Return the JSON names of the fields in each group."""
    texts: list[str] = message.GetOptions().Extensions[option]  # type: ignore[index]
    return [
        [str(message.fields_by_name[name.strip()].json_name) for name in text.split(",")]
        for text in texts
    ]
