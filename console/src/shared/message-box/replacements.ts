/** Characters that text editors insert by themselves, and their replacements in GSM-7. */
const REPLACEMENTS: Readonly<Record<string, string>> = {
  "\u2018": "'",
  "\u2019": "'",
  "\u201A": "'",
  "\u201B": "'",
  "\u2032": "'",
  "\u0060": "'",
  "\u00B4": "'",
  "\u201C": '"',
  "\u201D": '"',
  "\u201E": '"',
  "\u2033": '"',
  "\u00AB": '"',
  "\u00BB": '"',
  "\u2010": "-",
  "\u2011": "-",
  "\u2012": "-",
  "\u2013": "-",
  "\u2014": "-",
  "\u2212": "-",
  "\u2026": "...",
  "\u2022": "*",
  "\u00A0": " ",
  "\u2009": " ",
  "\u202F": " ",
  "\u00D7": "x",
};

const NAMES: Readonly<Record<string, string>> = {
  "\u00A0": "no-break space",
  "\u2009": "thin space",
  "\u202F": "narrow no-break space",
  "\u200B": "zero-width space",
  "\u200D": "zero-width joiner",
  "\uFE0F": "variation selector",
};

/** Return the GSM-7 character with the same meaning. Null if GSM-7 has no such character. */
export function replacementOf(character: string): string | null {
  return REPLACEMENTS[character] ?? null;
}

/** Return a text in which the characters are replaced that have a replacement. */
export function replaceAll(text: string, characters: readonly string[]): string {
  return characters.reduce((result, character) => {
    const replacement = replacementOf(character);
    return replacement === null ? result : result.replaceAll(character, replacement);
  }, text);
}

/** Return the name of an invisible character, or the character in quotes. */
export function nameOf(character: string): string {
  return NAMES[character] ?? `“${character}”`;
}
