import { Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { queries } from "@/client/client";

const AFTER_LAST_KEY_MS = 400;

interface Props {
  /** The text as it is written. */
  content: string;
  /** The variables that somebody expects in it: those of its template, and those with a value. */
  names: readonly string[];
}

/** The variables that a text should have and does not use any longer, as the API finds them. */
export function UnusedVariables({ content, names }: Props) {
  const [asked] = useDebouncedValue(content, AFTER_LAST_KEY_MS);
  const sampleData = Object.fromEntries(names.map((name) => [name, "x"]));
  const preview = queries.useQuery(
    "post",
    "/api/templates/preview",
    { body: { content: asked, sampleData } },
    {
      enabled: asked.trim() !== "" && names.length > 0,
      placeholderData: keepPreviousData,
      retry: false,
    },
  );
  const unused = preview.data?.unusedVariables ?? [];
  if (content.trim() === "" || names.length === 0 || unused.length === 0) return null;
  return (
    <Text size="xs" c="var(--sb-unknown)" role="status">
      The text does not use {unused.map((name) => `{{${name}}}`).join(", ")}.
    </Text>
  );
}
