import type { AudienceInput, CalendarEvent, EventNotificationTypeInput } from "@generated/api";
import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { useQuote } from "@/features/send/use-quote";
import { useDraft } from "@/shared/drafts";
import { FormBanner } from "@/shared/form";
import { MessageBox } from "@/shared/message-box/message-box";
import { counted } from "@/shared/number";
import { AudiencePrice } from "./audience-price";
import { useAudience, useNotify, useTexts } from "./queries";
import { AUDIENCES, SENDABLE, typeName } from "./words";

const NO_NUMBERS: string[] = [];

interface Plan {
  notificationType: EventNotificationTypeInput;
  audience: AudienceInput;
  /** The text of this event message, or null to use the event's text. */
  message: string | null;
}

const FIRST: Plan = { notificationType: "invitation", audience: "all", message: null };

interface Props {
  event: CalendarEvent;
  onClose: () => void;
}

/** Text attendees: choose the text and the audience, and see the price. */
export function NotifyDialog({ event, onClose }: Props) {
  const [plan, setPlan, forget] = useDraft<Plan>(`notify:${event.id}`, FIRST);
  const texts = useTexts(event.id);
  const usual = texts.data?.items.find((text) => text.notificationType === plan.notificationType);
  const message = plan.message ?? usual?.message ?? "";
  const audience = useAudience(event.id, plan.audience);
  const numbers = audience.data?.numbers ?? NO_NUMBERS;
  const { quote, isStale } = useQuote(message, numbers);
  const notify = useNotify(event.id);
  const notifyOnce = useSingle(notify);
  const problem = notify.error ? asProblem(notify.error) : null;
  const isEmpty = audience.data !== undefined && numbers.length === 0;
  const send = () =>
    notifyOnce(
      { notificationType: plan.notificationType, audience: plan.audience, message },
      {
        onSuccess: (sent) => {
          forget();
          onClose();
          notifications.show({
            message: `${typeName(plan.notificationType)} to ${counted(sent?.recipients ?? 0, "attendee")} is on its way.`,
          });
        },
      },
    );
  return (
    <Modal opened onClose={onClose} title={`Text the attendees of “${event.name}”`} size="lg">
      <Stack gap="md">
        <FormBanner problem={problem} />
        <Select
          label="Kind"
          data={SENDABLE}
          allowDeselect={false}
          data-autofocus
          value={plan.notificationType}
          onChange={(kind) =>
            kind &&
            setPlan({
              ...plan,
              notificationType: kind as EventNotificationTypeInput,
              message: null,
            })
          }
        />
        <Select
          label="Recipients"
          data={AUDIENCES}
          allowDeselect={false}
          value={plan.audience}
          onChange={(part) => part && setPlan({ ...plan, audience: part as AudienceInput })}
        />
        <MessageBox
          label="Text"
          value={message}
          onChange={(text) => setPlan({ ...plan, message: text })}
          counting={quote}
          isStale={isStale}
        />
        <Text size="xs" c="dimmed">
          {"{{firstName}}"}, {"{{eventName}}"}, {"{{eventDate}}"}, {"{{eventTime}}"} and{" "}
          {"{{eventLocation}}"} are filled in for each attendee.
        </Text>
        <AudiencePrice audience={audience} quote={quote} isStale={isStale} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={notify.isPending}
            disabled={message.trim() === "" || isEmpty}
            onClick={send}
          >
            {sendWords(audience.data)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** Return the text of the button, with the count of texts if all attendees were counted. */
function sendWords(size: { numbers: string[]; isPartial: boolean } | undefined): string {
  if (size === undefined || size.isPartial) return "Send the text";
  return `Send ${counted(size.numbers.length, "text")}`;
}
