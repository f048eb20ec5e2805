"""The contract's rules (``buf.validate``) for a field."""

from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import FieldDescriptor

# A buf.validate.FieldRules, whose generated module has no types.
Rules = Any

_RULES: Any = validate_pb2.DESCRIPTOR.extensions_by_name["field"]


def rules_of(field: FieldDescriptor) -> Rules:
    """The rules that the contract gives for ``field``."""
    return field.GetOptions().Extensions[_RULES]
