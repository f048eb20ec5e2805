import type { Attendee, RsvpStatusInput } from "@generated/api";
import { Button, Group, Modal, Select, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { useStaleEvents } from "./queries";
import { fullName, RSVP_CHOICES } from "./words";

interface Values {
  firstName: string;
  lastName: string;
  phone: string;
  rsvpStatus: RsvpStatusInput;
}

interface Props {
  eventId: string;
  /** The attendee to change, or null to add one. */
  attendee: Attendee | null;
  onClose: () => void;
}

/** Add, change or remove one attendee. */
export function AttendeeDialog({ eventId, attendee, onClose }: Props) {
  const form = useForm<Values>({
    mode: "uncontrolled",
    initialValues: {
      firstName: attendee?.firstName ?? "",
      lastName: attendee?.lastName ?? "",
      phone: attendee?.phone ?? "",
      rsvpStatus: attendee?.rsvpStatus ?? "pending",
    },
  });
  const save = useSave(eventId, attendee, onClose);
  const remove = useRemove(eventId, attendee, onClose);
  const submit = (values: Values) =>
    save.mutate(values, { onError: (error) => showFieldErrors(form, asProblem(error)) });
  const failed = save.error ?? remove.error;
  return (
    <Modal opened onClose={onClose} title={attendee ? fullName(attendee) : "Add an attendee"}>
      <form noValidate onSubmit={form.onSubmit(submit)}>
        <Stack gap="md">
          <FormBanner problem={failed ? asProblem(failed) : null} fields={fieldsOf(form)} />
          <TextInput
            label="First name"
            data-autofocus
            key={form.key("firstName")}
            {...form.getInputProps("firstName")}
          />
          <TextInput
            label="Last name (optional)"
            key={form.key("lastName")}
            {...form.getInputProps("lastName")}
          />
          <TextInput
            label="Phone number"
            description="Without a number, the attendee gets no texts."
            type="tel"
            key={form.key("phone")}
            {...form.getInputProps("phone")}
          />
          <Select
            label="Answer"
            data={RSVP_CHOICES}
            allowDeselect={false}
            key={form.key("rsvpStatus")}
            {...form.getInputProps("rsvpStatus")}
          />
          <Group justify="space-between">
            {attendee ? (
              <Button
                variant="subtle"
                color="red"
                loading={remove.isPending}
                onClick={() => remove.mutate()}
              >
                Remove from the event
              </Button>
            ) : (
              <span />
            )}
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={save.isPending}>
                {attendee ? "Save" : "Add"}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function useSave(eventId: string, attendee: Attendee | null, onSaved: () => void) {
  const intent = useIntent();
  const refresh = useStaleEvents();
  return useMutation({
    mutationFn: async ({ firstName, lastName, phone, rsvpStatus }: Values) => {
      if (attendee) {
        const params = { path: { eventId, attendeeId: attendee.id } };
        const body = { firstName, lastName: lastName || null, phone: phone || null, rsvpStatus };
        await api.PATCH("/api/events/{eventId}/attendees/{attendeeId}", { params, body });
        return;
      }
      const params = { path: { eventId } };
      const body = {
        firstName,
        rsvpStatus,
        ...(lastName ? { lastName } : {}),
        ...(phone ? { phone } : {}),
      };
      const headers = intent.headers(body);
      await api.POST("/api/events/{eventId}/attendees", { params, body, headers });
    },
    onSuccess: () => {
      intent.done();
      refresh();
      onSaved();
    },
  });
}

function useRemove(eventId: string, attendee: Attendee | null, onRemoved: () => void) {
  const refresh = useStaleEvents();
  return useMutation({
    mutationFn: async () => {
      if (attendee === null) return;
      const params = { path: { eventId, attendeeId: attendee.id } };
      await api.DELETE("/api/events/{eventId}/attendees/{attendeeId}", { params });
    },
    onSuccess: () => {
      refresh();
      onRemoved();
    },
  });
}
