"""Placeholders as other tools write them: nobody fills them here, and they would go out as text."""

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
    """Return what looks like a placeholder of another tool, each once, as it is written."""
    return tuple(dict.fromkeys(_FOREIGN.findall(text)))
