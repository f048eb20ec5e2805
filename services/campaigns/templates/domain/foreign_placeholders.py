"""Find placeholders in the syntax of other tools, which would be sent as text."""

import re

from services.campaigns.templates.domain.templates import without_placeholders

_TEXT = r"[\w .:|=,'/-]{0,60}"
# Names of fields as programs write them. Nobody has them in the words of a message.
_FIELD = (
    r"(?:[fl]name|FNAME|LNAME|(?:first|last|full)_?Name|FIRST_?NAME|LAST_?NAME|FULL_?NAME"
    r"|(?:first|last|full)_name|(?:First|Last|Full)_?Name)"
)
# Words that stand for a value if they are in brackets.
_VALUE = (
    r"(?:(?:first|last|full|f|l|your|customer|client|guest)?[ _-]?name|first|vorname|nachname"
    r"|pr[ée]nom|nom|nombre|apellidos?|nome|cognome|voornaam|имя|名前?|姓名|e-?mail|phone|mobile"
    r"|company|firma|date|time|link|url|code|coupon|amount|address|city)"
)
_FOREIGN = re.compile(
    r"\*\|[^|*\n]{1,60}\|\*"  # *|FNAME|*
    rf"|[$#@!]?[{{\uff5b]{{1,3}}[%$#!=(\[\\]?\s*[^\W\d_]{_TEXT}[%#)\]\\]?[}}\uff5d]{{1,3}}"
    r"|\{[0-9]{1,2}\}|\w+\}\}"  # {0}, firstName}}
    r"|(?<![0-9%])%%?[A-Za-z][A-Za-z_.-]{1,40}%%?(?![0-9])"  # %FIRSTNAME%, %%first_name%%
    rf"|(?<![0-9%])%%?(?i:{_VALUE})%%?|(?<![0-9])%s\b"
    rf"|%\({_TEXT}\)s|%%=[^%\n]{{1,60}}=%%|<%=?{_TEXT}%>"
    rf"|<<{_TEXT}[A-Za-z]{_TEXT}>>|\[\[{_TEXT}[A-Za-z]{_TEXT}\]\]"
    rf"|\[[$*%]?(?i:(?:\w+[.:])?{_VALUE})[$*%]?(?:\s*\|[^\]\n]*)?\]"
    rf"|\u00ab(?i:{_VALUE})\u00bb|[<(](?i:first|last|full)[ _-]?(?i:name)[>)]"
    rf"|(?<![\w?&/=.@-])[#@$~^|:_*%-]{{0,2}}\b_{{0,2}}{_FIELD}_{{0,2}}\b[#$~^|:*%-]{{0,2}}"
)


def foreign_placeholders(text: str) -> tuple[str, ...]:
    """Return the placeholders of other tools in `text`, each once, exactly as in the text."""
    found = _FOREIGN.finditer(without_placeholders(text))
    return tuple(dict.fromkeys(match[0] for match in found))
