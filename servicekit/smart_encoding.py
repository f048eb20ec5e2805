"""The replacements of Twilio's Smart Encoding, as its segment calculator 1.3.0 emulates it.

Some replacements look wrong (a no-break space becomes two spaces, a tab becomes seven), but the
calculator does the same.
"""

_CODE_POINTS_BY_REPLACEMENT = {
    '"': "00AB 00BB 201C 201D 02BA 02EE 201F 201E 275D 275E 301D 301E FF02",
    "'": (
        "2018 2019 02BB 02C8 02BC 02BD 02B9 201B FF07 00B4 02CA 0060 02CB 275B 275C 0313 0314 "
        "FE10 FE11"
    ),
    "/": "00F7 29F8 0337 0338 2044 2215 FF0F",
    "1/4": "00BC",
    "1/2": "00BD",
    "3/4": "00BE",
    "\\": "29F9 29F5 20E5 FE68 FF3C",
    "_": "0332 FF3F 2017",
    "|": "20D2 20D3 2223 FF5C 23B8 23B9 23D0 239C 239F",
    "-": "23BC 23BD 2015 FE63 FF0D 2010 2043 2014 2013 2022",
    "@": "FE6B FF20",
    "$": "FE69 FF04",
    "!": "01C3 FE15 FE57 FF01",
    "#": "FE5F FF03",
    "%": "FE6A FF05",
    "&": "FE60 FF06",
    ",": "201A 0326 FE50 FE51 FF0C FF64 3001",
    "(": "2768 276A FE59 FF08 27EE 2985",
    ")": "2769 276B FE5A FF09 27EF 2986",
    "*": (
        "204E 2217 229B 2722 2723 2724 2725 2731 2732 2733 273A 273B 273C 273D 2743 2749 274A "
        "274B 29C6 FE61 FF0A"
    ),
    "+": "02D6 FE62 FF0B",
    ".": "3002 FE52 FF0E FF61",
    ":": "02D0 02F8 2982 A789 FE13 FF1A",
    ";": "204F FE14 FE54 FF1B",
    "<": "FE64 FF1C 2039",
    "=": "0347 A78A FE66 FF1D",
    ">": "FE65 FF1E 203A",
    "?": "FE16 FE56 FF1F",
    "^": "02C6 0302 FF3E 1DCD",
    "{": "2774 FE5B FF5B",
    "}": "2775 FE5C FF5D",
    "[": "FF3B",
    "]": "FF3D",
    "~": "02DC 02F7 0303 0330 0334 223C FF5E",
    "  ": (
        "00A0 2000 2002 2003 2004 2005 2006 2007 2008 2009 200A 202F 205F 3000 008D 009F 0080 "
        "0090 009B"
    ),
    "": "0010 0000 0003 0004 0017 0019 0011 0012 0013 0014 2060 200B 200C FEFF",
    "       ": "0009",
    "!!": "203C",
    " ": "2028 2029 2001",
    "...": "2026",
}
"""Key: the replacement. Value: the code points that it replaces, in hexadecimal."""

_SMALL_CAPITALS = (
    "\u1d00\u0299\u1d04\u1d05\u1d07\ua730\u0262\u029c\u026a\u1d0a\u1d0b\u029f"
    "\u1d0d\u0274\u1d0f\u1d18\u0280\ua731\u1d1b\u1d1c\u1d20\u1d21\u028f\u1d22"
)
_FULL_WIDTH_OFFSET = ord("\uff10") - ord("0")

REPLACEMENTS: dict[int, str] = (
    {
        int(code_point, 16): replacement
        for replacement, code_points in _CODE_POINTS_BY_REPLACEMENT.items()
        for code_point in code_points.split()
    }
    | {
        ord(character) + _FULL_WIDTH_OFFSET: character
        for character in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    }
    | dict(zip(map(ord, _SMALL_CAPITALS), "ABCDEFGHIJKLMNOPRSTUVWYZ", strict=True))
)
"""Key: a code point. Value: its replacement. For ``str.translate``."""
