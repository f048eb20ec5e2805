"""Read the options that our contract adds to protobuf fields, such as ``clearable``."""

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from smsblaster.options.v1 import fields_pb2


def is_clearable(field: FieldDescriptor) -> bool:
    """Return whether null in a PATCH empties `field`."""
    return bool(field.GetOptions().Extensions[fields_pb2.clearable])


def is_gateway_filled(field: FieldDescriptor) -> bool:
    """Return whether the gateway fills `field` itself, so that requests can't contain it."""
    options = field.GetOptions()
    return bool(options.Extensions[fields_pb2.cleared] or options.Extensions[fields_pb2.if_match])


def if_match_field(message: Descriptor) -> FieldDescriptor | None:
    """Return the field that holds the version of the header ``If-Match``, if there is one."""
    return _first(message, fields_pb2.if_match)


def cleared_field(message: Descriptor) -> FieldDescriptor | None:
    """Return the field that holds the names of emptied fields, if there is one."""
    return _first(message, fields_pb2.cleared)


def day_of(field: FieldDescriptor) -> fields_pb2.Day.ValueType:
    """Return how a date in `field` is read: as the start or as the end of that day.

    The value is unspecified if the field takes no dates.
    """
    return field.GetOptions().Extensions[fields_pb2.day]


def _first(message: Descriptor, option: object) -> FieldDescriptor | None:
    marked = (field for field in message.fields if field.GetOptions().Extensions[option])  # type: ignore[index]
    return next(marked, None)
