import type { Contact, OptChange } from "@generated/api";
import { Group, Stack, Text, Title } from "@mantine/core";
import { Ban, Check } from "lucide-react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { ListFooter } from "@/shared/list-footer";
import { Loaded } from "@/shared/loaded";
import { Phone } from "@/shared/phone";
import { Badge } from "@/shared/status-badge";
import { RelativeTime } from "@/shared/time";
import { sourceOf } from "./words";

const SHOWN = 5;
const MINUTE_MS = 60_000;

/** The opt-ins and opt-outs of a contact with their proofs, newest first. */
export function OptHistory({ contact }: { contact: Contact }) {
  const history = queries.useInfiniteQuery(
    "get",
    "/api/contacts/{id}/opt-history",
    { params: { path: { id: contact.id }, query: { limit: SHOWN } } },
    PAGES,
  );
  return (
    <Stack gap="sm" component="section" aria-label="Opt-ins and opt-outs">
      <Title order={3}>Opt-ins and opt-outs</Title>
      <Loaded query={history} rows={1}>
        {({ pages }) => {
          const changes = pages.flatMap((page) => page.items);
          if (changes.length === 0) {
            return (
              <Text size="sm" c="dimmed">
                None yet. They can be texted since they were added.
              </Text>
            );
          }
          return changes.map((change) => (
            <Entry key={change.id} change={change} phone={contact.phone} />
          ));
        }}
      </Loaded>
      <ListFooter query={history} />
    </Stack>
  );
}

interface EntryProps {
  change: OptChange;
  /** The contact's number now. */
  phone: string;
}

function Entry({ change, phone }: EntryProps) {
  const { status, saidAt, createdAt, words, source } = change;
  const isOut = status === "opted_out";
  const isLater = new Date(createdAt).getTime() - new Date(saidAt).getTime() >= MINUTE_MS;
  return (
    <Stack gap={2}>
      <Group gap="xs">
        <Badge tone={isOut ? "failed" : "delivered"} icon={isOut ? Ban : Check} size="sm">
          {isOut ? "Opted out" : "Opted in"}
        </Badge>
        <Text size="xs" c="dimmed">
          <RelativeTime at={saidAt} />
          {isLater && (
            <>
              , recorded <RelativeTime at={createdAt} />
            </>
          )}
        </Text>
      </Group>
      <Text size="sm" dir="auto" style={{ overflowWrap: "anywhere" }}>
        {sourceOf(change)}
      </Text>
      {words && source !== "message" && (
        <Text size="sm" c="dimmed" dir="auto" style={{ overflowWrap: "anywhere" }}>
          “{words}”
        </Text>
      )}
      {change.phone !== phone && (
        <Text size="xs" c="dimmed">
          As <Phone number={change.phone} />
        </Text>
      )}
    </Stack>
  );
}
