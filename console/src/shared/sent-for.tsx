import { TextLink } from "./links";

interface Props {
  message: { campaignId: string | null; campaignName: string | null; eventId: string | null };
  /** The text of the link to an event. */
  eventName?: string;
  size?: "xs" | "sm";
  /** Whether the link is underlined, as it has to be within other text. */
  isUnderlined?: boolean;
}

/**
 * A link to the event or the campaign that a message was sent for, or nothing. The campaign id of an
 * event message has no screen.
 */
export function SentFor({ message, eventName = "Event", size = "sm", isUnderlined }: Props) {
  const { campaignId, campaignName, eventId } = message;
  const look = { size, underline: isUnderlined ? "always" : undefined } as const;
  if (eventId) {
    return (
      <TextLink to="/events/$eventId" params={{ eventId }} {...look}>
        {eventName}
      </TextLink>
    );
  }
  if (!campaignId) return null;
  return (
    <TextLink to="/campaigns/$campaignId" params={{ campaignId }} {...look}>
      {campaignName ?? "Campaign"}
    </TextLink>
  );
}
