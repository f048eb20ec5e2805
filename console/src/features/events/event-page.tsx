import type { CalendarEvent } from "@generated/api";
import { Button, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { Screen } from "@/shared/screen";
import { Failing, LoadingRows } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { clockTime } from "@/shared/time";
import { Attendees } from "./attendees";
import { EventDialog } from "./event-dialog";
import { Notifications } from "./notifications";
import { NotifyDialog } from "./notify-dialog";
import { useEvent, useStaleEvents } from "./queries";
import { SmsHistoryPanel } from "./sms-history-panel";
import { SmsSummary } from "./sms-summary";
import { eventLookOf } from "./words";

const route = getRouteApi("/app/events/$eventId");

/** An event: the summary of its texts, and its attendees with the texts to each. */
export function EventPage() {
  const { eventId } = route.useParams();
  const { attendee: openId } = route.useSearch();
  const navigate = route.useNavigate();
  const event = useEvent(eventId);
  const open = (attendee: string | undefined) =>
    void navigate({
      search: (before) => ({ ...before, attendee }),
      replace: true,
      resetScroll: false,
    });
  if (event.data === undefined) {
    return (
      <Screen title="Event">
        {event.error ? (
          <Failing problem={asProblem(event.error)} onRetry={() => void event.refetch()} />
        ) : (
          <LoadingRows rows={4} />
        )}
      </Screen>
    );
  }
  const canCurate = event.data.permission !== "view";
  return (
    <Screen
      title={event.data.name}
      description={<Facts event={event.data} />}
      actions={canCurate && <Actions event={event.data} />}
    >
      <SmsSummary eventId={eventId} canRetry={canCurate} onOpen={open} />
      <Notifications eventId={eventId} canCurate={canCurate} />
      <Attendees eventId={eventId} canCurate={canCurate} onOpen={open} />
      {openId && (
        <SmsHistoryPanel
          eventId={eventId}
          attendeeId={openId}
          canRetry={canCurate}
          onClose={() => open(undefined)}
        />
      )}
    </Screen>
  );
}

function Facts({ event }: { event: CalendarEvent }) {
  const look = eventLookOf(event.status);
  const { date, endsAt, timeZone, location } = event;
  return (
    <Group gap="xs" component="span">
      <Badge tone={look.tone} icon={look.icon} size="sm">
        {look.word}
      </Badge>
      <span>
        {clockTime(new Date(date), timeZone)}
        {endsAt && ` to ${clockTime(new Date(endsAt), timeZone)}`}
        {location && (
          <>
            {" · "}
            <bdi>{location}</bdi>
          </>
        )}
      </span>
    </Group>
  );
}

function Actions({ event }: { event: CalendarEvent }) {
  const [isNotifying, notifying] = useDisclosure(false);
  const [isEditing, editing] = useDisclosure(false);
  const [isDeleting, deleting] = useDisclosure(false);
  const isOpen = event.status === "published";
  return (
    <>
      {event.permission === "owner" && (
        <Button variant="subtle" color="red" onClick={deleting.open}>
          Delete
        </Button>
      )}
      <Button variant="default" onClick={editing.open}>
        Change
      </Button>
      <Button
        onClick={notifying.open}
        disabled={!isOpen}
        title={isOpen ? undefined : "Publish the event first: only then attendees can get texts."}
      >
        Text the attendees
      </Button>
      {!isOpen && (
        <Text size="xs" c="dimmed" w="100%" ta="right">
          Attendees can get texts once the event is published.
        </Text>
      )}
      {isNotifying && <NotifyDialog event={event} onClose={notifying.close} />}
      {isEditing && <EventDialog event={event} onClose={editing.close} onSaved={() => undefined} />}
      {isDeleting && <DeleteEvent event={event} onClose={deleting.close} />}
    </>
  );
}

function DeleteEvent({ event, onClose }: { event: CalendarEvent; onClose: () => void }) {
  const refresh = useStaleEvents();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: async () =>
      api.DELETE("/api/events/{eventId}", { params: { path: { eventId: event.id } } }),
    onSuccess: () => {
      void navigate({ to: "/events" });
      refresh();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Delete “${event.name}”?`}
      confirmLabel="Delete the event"
      isDestructive
      isBusy={remove.isPending}
      problem={remove.error ? asProblem(remove.error) : null}
      onConfirm={() => remove.mutate()}
    >
      Its attendees and their SMS history are deleted too. Texts that wait to be sent are stopped
      and refunded. To keep the history, change the status to cancelled instead.
    </Confirm>
  );
}
