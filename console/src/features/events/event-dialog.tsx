import type { CalendarEvent, EventStatus } from "@generated/api";
import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { useDraft } from "@/shared/drafts";
import { FormBanner } from "@/shared/form";
import { KeptWords } from "@/shared/kept-words";
import { useTimeZone } from "@/shared/use-organisation";
import { localOf } from "@/shared/zone";
import { readTime, ZonedTimeField } from "@/shared/zoned-time-field";
import { useStaleEvents } from "./queries";
import { EVENT_STATUSES } from "./words";

const FIELDS = ["name", "timeZone", "date", "endsAt", "location", "status"];
const ZONES = Intl.supportedValuesOf("timeZone");

interface Values {
  name: string;
  timeZone: string;
  begins: string;
  ends: string;
  location: string;
  status: EventStatus;
}

interface Props {
  /** The event to change, or null for a new one. */
  event: CalendarEvent | null;
  onClose: () => void;
  onSaved: (eventId: string) => void;
}

/** Create or change an event. Its times are in its own time zone. */
export function EventDialog({ event, onClose, onSaved }: Props) {
  const home = useTimeZone();
  const [typed, setTyped, forget] = useDraft<Partial<Values>>(`event:${event?.id ?? "new"}`, {});
  const values = { ...valuesOf(event, home), ...typed };
  const change = (changes: Partial<Values>) => setTyped({ ...typed, ...changes });
  const [wasTried, setTried] = useState(false);
  const save = useSave(event, (id) => {
    forget();
    onClose();
    onSaved(id);
  });
  const saveOnce = useSingle(save);
  const problem = save.error ? asProblem(save.error) : null;
  const begins = readTime(values.begins, values.timeZone);
  const ends = readTime(values.ends, values.timeZone);
  const isEndWrong = begins.at !== null && ends.at !== null && ends.at <= begins.at;
  const submit = () => {
    setTried(true);
    if (values.name.trim() === "" || begins.at === null || ends.error || isEndWrong) return;
    saveOnce({ values, begins: begins.at, ends: ends.at });
  };
  const zones = ZONES.includes(values.timeZone) ? ZONES : [values.timeZone, ...ZONES];
  return (
    <Modal opened onClose={onClose} title={event ? `Change “${event.name}”` : "New event"}>
      <Stack gap="md">
        <FormBanner problem={problem} fields={FIELDS} />
        <KeptWords isKept={Object.keys(typed).length > 0} onStartOver={forget} />
        <TextInput
          label="Name"
          description="Texts to attendees contain the name."
          data-autofocus
          maxLength={100}
          value={values.name}
          onChange={(typing) => change({ name: typing.currentTarget.value })}
          error={problem?.fields.name ?? (wasTried && !values.name.trim() && "Enter a name.")}
        />
        <Select
          label="Time zone"
          data={zones}
          searchable
          allowDeselect={false}
          value={values.timeZone}
          onChange={(timeZone) => timeZone && change({ timeZone })}
          error={problem?.fields.timeZone}
        />
        <ZonedTimeField
          label="Begins"
          timeZone={values.timeZone}
          value={values.begins}
          onChange={(local) => change({ begins: local })}
          error={problem?.fields.date ?? missing(wasTried, values.begins)}
        />
        <ZonedTimeField
          label="Ends (optional)"
          timeZone={values.timeZone}
          value={values.ends}
          onChange={(local) => change({ ends: local })}
          error={
            problem?.fields.endsAt ??
            (isEndWrong ? "Choose an end that is after the beginning." : undefined)
          }
        />
        <TextInput
          label="Place (optional)"
          maxLength={200}
          value={values.location}
          onChange={(typing) => change({ location: typing.currentTarget.value })}
          error={problem?.fields.location}
        />
        <Select
          label="Status"
          description={EVENT_STATUSES.find(({ value }) => value === values.status)?.help}
          data={EVENT_STATUSES.filter(({ value }) => event !== null || value !== "cancelled")}
          allowDeselect={false}
          value={values.status}
          onChange={(status) => status && change({ status: status as EventStatus })}
          error={problem?.fields.status}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button loading={save.isPending} onClick={submit}>
            {event ? "Save" : "Create the event"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

const missing = (wasTried: boolean, local: string) =>
  wasTried && local === "" ? "Enter when it begins." : undefined;

function valuesOf(event: CalendarEvent | null, home: string): Values {
  const timeZone = event?.timeZone ?? home;
  const local = (at: string | null | undefined) => (at ? localOf(new Date(at), timeZone) : "");
  return {
    name: event?.name ?? "",
    timeZone,
    begins: local(event?.date),
    ends: local(event?.endsAt),
    location: event?.location ?? "",
    status: event?.status ?? "published",
  };
}

interface Order {
  values: Values;
  begins: Date;
  ends: Date | null;
}

function useSave(event: CalendarEvent | null, onSaved: (eventId: string) => void) {
  const intent = useIntent();
  const refresh = useStaleEvents();
  return useMutation({
    mutationFn: async ({ values, begins, ends }: Order) => {
      const { name, timeZone, location, status } = values;
      const body = {
        name,
        timeZone,
        status,
        date: begins.toISOString(),
        ...(ends ? { endsAt: ends.toISOString() } : {}),
        ...(location.trim() ? { location } : {}),
      };
      if (event === null) {
        return (await api.POST("/api/events", { body, headers: intent.headers(body) })).data;
      }
      const params = { path: { eventId: event.id } };
      const changes = { ...body, location: location.trim() || null };
      return (await api.PATCH("/api/events/{eventId}", { params, body: changes })).data;
    },
    onSuccess: (saved) => {
      intent.done();
      refresh();
      if (saved) onSaved(saved.id);
    },
  });
}
