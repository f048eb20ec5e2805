import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { queries } from "@/client/client";

const AFTER_LAST_KEY_MS = 200;
const NOTHING: string[] = [];

interface Filled {
  /** The filled text, as the recipient reads it. */
  text: string;
  /** The names of its placeholders, in order of appearance. */
  placeholders: string[];
  /** Placeholders without a value. */
  missing: string[];
  /** Placeholders in the syntax of other tools, which are sent as they are. */
  foreign: string[];
}

/** Return a text with its placeholders filled by the API, and the names of its placeholders. */
export function useFilled(message: string, variables: Record<string, string>): Filled {
  const hasPlaceholders = /[{[*%<]/.test(message);
  const wanted = JSON.stringify([message, variables]);
  const [asked] = useDebouncedValue(wanted, AFTER_LAST_KEY_MS);
  const [content, values]: [string, Record<string, string>] = JSON.parse(asked);
  const given = Object.entries(values).filter(([, value]) => value !== "");
  const options = {
    enabled: hasPlaceholders && content.trim() !== "",
    placeholderData: keepPreviousData,
    retry: false,
  };
  const bare = queries.useQuery("post", "/api/templates/preview", { body: { content } }, options);
  const full = queries.useQuery(
    "post",
    "/api/templates/preview",
    { body: { content, sampleData: Object.fromEntries(given) } },
    { ...options, enabled: options.enabled && given.length > 0 },
  );
  if (!hasPlaceholders || !bare.data) {
    return { text: message, placeholders: NOTHING, missing: NOTHING, foreign: NOTHING };
  }
  const shown = given.length > 0 && full.data ? full.data : bare.data;
  return {
    text: asked === wanted ? shown.preview : message,
    placeholders: bare.data.missingVariables,
    missing: bare.data.missingVariables.filter((name) => !variables[name]?.trim()),
    foreign: bare.data.foreignPlaceholders,
  };
}
