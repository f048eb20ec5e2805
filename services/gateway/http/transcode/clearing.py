"""Empty the fields of a message that are null in a PATCH."""

from collections.abc import Callable, Mapping

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from servicekit.api_json import names
from services.gateway.http.contract import ContractError
from services.gateway.http.transcode.field_options import cleared_field, is_clearable
from services.gateway.http.transcode.rules import rules_of

# Empties a field of a message, or returns the fault of a field that can't be empty.
Clear = Callable[[Message], str | None]

_NEEDED = "can't be empty; leave it out to keep its value"


def clears_of(message: Descriptor) -> Mapping[str, Clear]:
    """Return the functions that handle null in a PATCH, by the JSON name of the field.

    A text or a list becomes empty. Any other field is emptied by adding its name to the field
    ``cleared`` of the message. Raises `ContractError` if the message has no such field.
    """
    return {field.json_name: _clear_of(message, field) for field in message.fields}


def _clear_of(message: Descriptor, field: FieldDescriptor) -> Clear:
    if not is_clearable(field):
        return lambda _: _NEEDED
    if field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated and not _is_id(field):
        return _set_empty(field)
    if field.message_type is not None and names.plain_array(field.message_type):
        return _set_present(field)
    cleared = cleared_field(message)
    if cleared is None:
        raise ContractError(f"{message.full_name} needs a cleared field for {field.name}")
    return _name_in(cleared, field)


def _is_id(field: FieldDescriptor) -> bool:
    """Return whether a text field is an id, so that its rules refuse an empty text."""
    return bool(rules_of(field).string.uuid)


def _set_empty(field: FieldDescriptor) -> Clear:
    def clear(target: Message) -> None:
        setattr(target, field.name, "")

    return clear


def _set_present(field: FieldDescriptor) -> Clear:
    def clear(target: Message) -> None:
        getattr(target, field.name).SetInParent()

    return clear


def _name_in(cleared: FieldDescriptor, field: FieldDescriptor) -> Clear:
    def clear(target: Message) -> None:
        getattr(target, cleared.name).append(field.json_name)

    return clear
