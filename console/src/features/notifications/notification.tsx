import type { AccountNotification } from "@generated/api";
import { Text } from "@mantine/core";
import { TextLink } from "@/shared/links";
import { RelativeTime } from "@/shared/time";

interface Props {
  item: AccountNotification;
  /** Called when the user opens the object of the notification. */
  onOpen: () => void;
}

/** A notification, as a link to the object that it is about. */
export function Notification({ item, onOpen }: Props) {
  const { message, readAt, createdAt } = item;
  const look = { size: "sm", fw: readAt ? 400 : 600, c: "inherit", onClick: onOpen } as const;
  return (
    <div>
      <About item={item} look={look}>
        {message}
      </About>
      <Text size="xs" c="dimmed">
        <RelativeTime at={createdAt} />
      </Text>
    </div>
  );
}

interface AboutProps {
  item: AccountNotification;
  look: { size: "sm"; fw: number; c: "inherit"; onClick: () => void };
  children: string;
}

function About({ item: { entityType, entityId, payload }, look, children }: AboutProps) {
  if (entityType === "campaign" && entityId) {
    return (
      <TextLink to="/campaigns/$campaignId" params={{ campaignId: entityId }} {...look}>
        {children}
      </TextLink>
    );
  }
  if (entityType === "import" && entityId) {
    return (
      <TextLink to="/contacts/import" search={{ job: entityId }} {...look}>
        {children}
      </TextLink>
    );
  }
  const to = payload ? "/billing" : entityType ? PLACES[entityType] : undefined;
  if (to === undefined) {
    return (
      <Text size={look.size} fw={look.fw}>
        {children}
      </Text>
    );
  }
  return (
    <TextLink to={to} {...look}>
      {children}
    </TextLink>
  );
}

/** The screens for the objects that have no screen of their own. */
const PLACES: Record<string, "/messages/exports" | "/registration" | "/numbers" | undefined> = {
  export: "/messages/exports",
  registration: "/registration",
  number: "/numbers",
};
