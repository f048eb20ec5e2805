import type { Contact, Message } from "@generated/api";
import { Group, Stack, Badge as Tag, Text, Title } from "@mantine/core";
import { Ban, Check } from "lucide-react";
import type { ReactNode } from "react";
import { queries } from "@/client/client";
import { TextLink } from "@/shared/links";
import { nameOf } from "@/shared/names";
import { Phone } from "@/shared/phone";
import { Badge } from "@/shared/status-badge";
import { RelativeTime } from "@/shared/time";
import styles from "./inbox.module.css";
import { answeredCampaign } from "./thread";

const MOST_EVENTS = 3;

interface Props {
  contact: Contact;
  messages: Message[];
}

/**
 * The person of a conversation: details, consent, tags, and the campaign and events of the
 * messages.
 */
export function Person({ contact, messages }: Props) {
  const campaign = answeredCampaign(messages);
  const eventIds = [...new Set(messages.flatMap(({ eventId }) => eventId ?? []))];
  return (
    <Stack gap="md" className={styles.person}>
      <div>
        <Title order={2} className={styles.wrap} dir="auto">
          {nameOf(contact) ?? "No name"}
        </Title>
        <Text size="sm">
          <Phone number={contact.phone} />
        </Text>
      </div>
      <Consent contact={contact} />
      {contact.email && (
        <Fact label="Email">
          <span className={styles.wrap}>{contact.email}</span>
        </Fact>
      )}
      {contact.tags.length > 0 && (
        <Fact label="Tags">
          <Group gap={4}>
            {contact.tags.map((tag) => (
              <Tag key={tag} variant="default" tt="none" fw={400} title={tag}>
                {tag}
              </Tag>
            ))}
          </Group>
        </Fact>
      )}
      {campaign?.campaignId && (
        <Fact label="Answers the campaign">
          <TextLink
            to="/campaigns/$campaignId"
            params={{ campaignId: campaign.campaignId }}
            size="sm"
          >
            {campaign.campaignName ?? "A campaign"}
          </TextLink>
        </Fact>
      )}
      {eventIds.length > 0 && (
        <Fact label="Events">
          {eventIds.slice(0, MOST_EVENTS).map((eventId) => (
            <EventLink key={eventId} eventId={eventId} />
          ))}
        </Fact>
      )}
      {contact.timeZone && <Fact label="Time zone">{contact.timeZone}</Fact>}
      <Fact label="Contact since">
        <RelativeTime at={contact.createdAt} />
      </Fact>
      <TextLink to="/contacts" search={{ search: contact.phone }} size="sm">
        Open the contact
      </TextLink>
    </Stack>
  );
}

function Consent({ contact }: { contact: Contact }) {
  if (contact.optStatus !== "opted_out") {
    return (
      <div>
        <Badge tone="delivered" icon={Check}>
          Can be texted
        </Badge>
      </div>
    );
  }
  return (
    <div>
      <Badge tone="failed" icon={Ban}>
        Opted out
      </Badge>
      {contact.optedOutAt && (
        <Text size="xs" c="dimmed">
          <RelativeTime at={contact.optedOutAt} />
        </Text>
      )}
    </div>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text component="div" size="sm">
        {children}
      </Text>
    </div>
  );
}

/** The name of an event. Users who may not see the event are told only that there is one. */
function EventLink({ eventId }: { eventId: string }) {
  const event = queries.useQuery(
    "get",
    "/api/events/{eventId}",
    { params: { path: { eventId } } },
    { staleTime: 300_000, retry: false },
  );
  if (event.error) return <div>An event that you can't see</div>;
  return (
    <div>
      <TextLink to="/events/$eventId" params={{ eventId }} size="sm">
        {event.data?.name ?? "–"}
      </TextLink>
    </div>
  );
}
