"""Find placeholders in the syntax of other tools, which would be sent as text."""

import re

_FOREIGN = re.compile(
    r"\*\|[A-Za-z0-9_: ]+\|\*"  # *|FNAME|*
    r"|(?<!\{)[$#]?\{[A-Za-z][\w .-]{0,40}\}(?!\})"  # {firstName}, ${firstName}, #{firstName}
    r"|%%?[A-Za-z][A-Za-z_-]{1,40}%%?(?![0-9])"  # %FIRSTNAME%, %%first_name%%
    r"|<<[A-Za-z][\w .-]{0,40}>>"  # <<First Name>>
    r"|\[\[[A-Za-z][\w .-]{0,40}\]\]"  # [[firstName]]
    r"|\[(?:first|last|full|f|l)?[ _-]?name\]",  # [First Name], [FNAME]
    re.IGNORECASE,
)


def foreign_placeholders(text: str) -> tuple[str, ...]:
    """Return the placeholders of other tools in `text`, each once and as it is written."""
    return tuple(dict.fromkeys(_FOREIGN.findall(text)))
