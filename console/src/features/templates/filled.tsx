import type { Contact } from "@generated/api";
import { Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData } from "@tanstack/react-query";
import { useState } from "react";
import { queries } from "@/client/client";
import { type ChosenContact, ContactChoice } from "@/shared/contact-choice";
import { counted } from "@/shared/number";

const AFTER_LAST_KEY_MS = 400;
/** People with short and with long names. Most filled texts are between the two in length. */
const SHORT = { firstName: "Al", lastName: "Wu", phone: "+12125550123", email: "al@wu.co" };
const LONG = {
  firstName: "Maximiliana",
  lastName: "Featherstonehaugh-Cholmondeley",
  phone: "+12125550123",
  email: "maximiliana.featherstonehaugh@example.com",
};

/** The filled text: its segments as a range, an example, and variables without a value. */
export function Filled({ content }: { content: string }) {
  const [asked] = useDebouncedValue(content, AFTER_LAST_KEY_MS);
  const short = usePreview(asked, SHORT);
  const long = usePreview(asked, LONG);
  if (content.trim() === "" || !short || !long) return null;
  const missing = long.missingVariables;
  return (
    <Stack gap={6}>
      <Text size="sm" className="figures">
        {segmentRange(short.segments, long.segments)}
      </Text>
      {long.preview !== content && (
        <Text size="sm" c="dimmed" dir="auto" style={{ whiteSpace: "pre-wrap" }}>
          With the longest names: “{long.preview}”
        </Text>
      )}
      {long.preview !== content && <ForContact content={asked} />}
      {missing.length > 0 && (
        <Text size="sm" c="red">
          {missing.map((name) => `{{${name}}}`).join(", ")}: contacts have no such value. You can
          give it one in a quick text. A campaign can't start with it.
        </Text>
      )}
      {long.foreignPlaceholders.length > 0 && (
        <Text size="sm" c="red">
          {long.foreignPlaceholders.join(", ")} is not filled. Write it as {"{{firstName}}"}.
        </Text>
      )}
    </Stack>
  );
}

/** The text as one of the contacts would read it. */
function ForContact({ content }: { content: string }) {
  const [contact, setContact] = useState<ChosenContact | null>(null);
  const details = queries.useQuery(
    "get",
    "/api/contacts/{id}",
    { params: { path: { id: contact?.id ?? "" } } },
    { enabled: contact !== null },
  );
  const filled = usePreview(content, details.data ? detailsOf(details.data) : {});
  return (
    <>
      <ContactChoice
        label="See it for a contact"
        placeholder="See it for a contact"
        value={contact}
        onChange={setContact}
      />
      {contact && details.data && filled && (
        <Text size="sm" dir="auto" role="status" style={{ whiteSpace: "pre-wrap" }}>
          “{filled.preview}”
        </Text>
      )}
    </>
  );
}

/** The values of placeholders that a contact has. */
function detailsOf({ firstName, lastName, phone, email }: Contact): Record<string, string> {
  const values = Object.entries({ firstName, lastName, phone, email });
  return Object.fromEntries(values.map(([name, value]) => [name, value ?? ""]));
}

function usePreview(content: string, sampleData: Record<string, string>) {
  const preview = queries.useQuery(
    "post",
    "/api/templates/preview",
    { body: { content, sampleData } },
    { enabled: content.trim() !== "", placeholderData: keepPreviousData, retry: false },
  );
  return preview.data;
}

/** Describe how many segments the filled text has, from short to long names. */
export function segmentRange(shortest: number | null, longest: number | null): string {
  if (shortest === null || longest === null) return "The segments can't be counted at the moment.";
  if (shortest === longest) return `${counted(longest, "segment")}, whatever the names`;
  return `${shortest} to ${counted(longest, "segment")}, depending on the length of the names`;
}
