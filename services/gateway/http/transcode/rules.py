"""Read the contract's rules (``buf.validate``) for a field."""

from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor

# A buf.validate.FieldRules, whose generated module has no types.
Rules = Any

_RULES: Any = validate_pb2.DESCRIPTOR.extensions_by_name["field"]


def rules_of(field: FieldDescriptor) -> Rules:
    """Return the contract's rules for `field`."""
    return field.GetOptions().Extensions[_RULES]
