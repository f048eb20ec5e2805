import { Checkbox, Fieldset, MultiSelect, NumberInput, Stack, TextInput } from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import { fieldsOf } from "@/shared/form";
import { EVENT_GROUPS, type EventType } from "./words";

const MOST_PER_SECOND = 1000;
const CHOICES = EVENT_GROUPS.map(({ group, types }) => ({ group, items: [...types] }));

/** What people choose for an endpoint. */
export interface EndpointValues {
  url: string;
  description: string;
  isForAll: boolean;
  eventTypes: EventType[];
  maxPerSecond: number | "";
}

/** The fields of an endpoint, new or existing. */
export function EndpointFields({ form }: { form: UseFormReturnType<EndpointValues> }) {
  return (
    <Stack gap="md">
      <TextInput
        label="Address"
        description="https, reachable from the internet"
        placeholder="https://example.com/hooks"
        inputMode="url"
        autoComplete="off"
        data-autofocus
        {...form.getInputProps("url")}
      />
      <TextInput
        label="What it is for"
        description="Only you see it"
        maxLength={200}
        {...form.getInputProps("description")}
      />
      <Fieldset legend="Events" variant="unstyled">
        <Stack gap="xs">
          <Checkbox
            label="All events, also those that are added later"
            {...form.getInputProps("isForAll", { type: "checkbox" })}
          />
          {!form.values.isForAll && (
            <MultiSelect
              label="Only these"
              data={CHOICES}
              searchable
              clearable
              {...form.getInputProps("eventTypes")}
            />
          )}
        </Stack>
      </Fieldset>
      <NumberInput
        label="Maximum calls per second"
        description="Each delivery process keeps to it by itself, and there are usually two: 10 allows up to 20. Leave it empty to get as many calls as your server answers."
        min={1}
        max={MOST_PER_SECOND}
        allowDecimal={false}
        {...form.getInputProps("maxPerSecond")}
      />
    </Stack>
  );
}

/** Return the names of the fields that are shown, with their errors. */
export const shownFields = (form: UseFormReturnType<EndpointValues>) =>
  fieldsOf(form).filter((field) => field !== "eventTypes" || !form.values.isForAll);

/** Return the rule of the form: without all events, at least one type is chosen. */
export const RULES = {
  eventTypes: (chosen: EventType[], values: EndpointValues) =>
    values.isForAll || chosen.length > 0 ? null : "Choose an event, or all events.",
};
