import type {
  AudienceInput,
  CalendarEvent,
  EventNotificationTypeInput,
  NotificationQuote,
} from "@generated/api";
import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { useDraft, useDraftIntent } from "@/shared/drafts";
import { FormBanner } from "@/shared/form";
import { MessageBox } from "@/shared/message-box/message-box";
import { counted } from "@/shared/number";
import { attemptOf } from "@/shared/quote/attempt";
import { useNewPrice } from "@/shared/quote/use-new-price";
import { useQuote } from "@/shared/quote/use-quote";
import { NotificationPriceFacts } from "./notification-price";
import { useNotificationQuote, useNotify, useTexts } from "./queries";
import { AUDIENCES, SENDABLE, typeName } from "./words";

const NO_NUMBERS: string[] = [];
const FIELDS = ["notificationType", "audience", "message"];

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
  const order = { notificationType: plan.notificationType, audience: plan.audience, message };
  const counting = useQuote(message, NO_NUMBERS);
  const price = useNotificationQuote(event.id, order);
  const intent = useDraftIntent(`notify:${event.id}`);
  const notify = useNotify(event.id, intent);
  const notifyOnce = useSingle(notify);
  const problem = notify.error ? asProblem(notify.error) : null;
  useNewPrice(notify.error, price.renew);
  const quote = price.isStale || price.error ? undefined : price.quote;
  const send = ({ priceVersion }: NotificationQuote) =>
    notifyOnce(attemptOf({ ...order, priceVersion }, intent.openContent()), {
      onSuccess: (sent) => {
        forget();
        onClose();
        notifications.show({
          message: `${typeName(plan.notificationType)} to ${counted(sent?.recipients ?? 0, "attendee")} is on its way.`,
        });
      },
    });
  return (
    <Modal opened onClose={onClose} title={`Text the attendees of “${event.name}”`} size="lg">
      <Stack gap="md">
        <FormBanner problem={problem} fields={FIELDS} />
        <Select
          label="Kind"
          data={SENDABLE}
          allowDeselect={false}
          data-autofocus
          value={plan.notificationType}
          error={problem?.fields.notificationType}
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
          error={problem?.fields.audience}
          onChange={(part) => part && setPlan({ ...plan, audience: part as AudienceInput })}
        />
        <MessageBox
          label="Text"
          value={message}
          onChange={(text) => setPlan({ ...plan, message: text })}
          error={problem?.fields.message}
          counting={counting.quote}
          isStale={counting.isStale}
        />
        <Text size="xs" c="dimmed">
          {"{{firstName}}"}, {"{{eventName}}"}, {"{{eventDate}}"}, {"{{eventTime}}"} and{" "}
          {"{{eventLocation}}"} are filled in for each attendee.
        </Text>
        <NotificationPriceFacts price={price} hasText={message.trim() !== ""} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={notify.isPending}
            disabled={!quote || quote.recipients === 0 || !quote.balanceCovers}
            onClick={() => quote && send(quote)}
          >
            {quote ? `Send ${counted(quote.recipients, "text")}` : "Send the text"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
