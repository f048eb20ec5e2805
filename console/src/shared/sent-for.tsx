import { TextLink } from "./links";

interface Props {
  message: { campaignId: string | null; campaignName: string | null; eventId: string | null };
  size?: "xs" | "sm";
}

/**
 * A link to the event or the campaign that a message was sent for, or nothing. The campaign id of an
 * event message has no screen.
 */
export function SentFor({ message: { campaignId, campaignName, eventId }, size = "sm" }: Props) {
  if (eventId) {
    return (
      <TextLink to="/events/$eventId" params={{ eventId }} size={size}>
        Event
      </TextLink>
    );
  }
  if (!campaignId) return null;
  return (
    <TextLink to="/campaigns/$campaignId" params={{ campaignId }} size={size}>
      {campaignName ?? "Campaign"}
    </TextLink>
  );
}
