import type { QuietHours, SendingWindow, Weekday } from "@generated/api";
import { ActionIcon, Button, Chip, Group, Select, Stack, Switch, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Trash2 } from "lucide-react";
import { api, queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { ifUnchanged } from "@/client/versions";
import { useDraft } from "@/shared/drafts";
import { FormSection } from "@/shared/form-section";
import { Failing, LoadingRows } from "@/shared/states";

const ROUTE = "/api/settings/quiet-hours";
const ZONES = Intl.supportedValuesOf("timeZone");
const DAYS: { value: Weekday; label: string }[] = [
  { value: "mon", label: "Mon" },
  { value: "tue", label: "Tue" },
  { value: "wed", label: "Wed" },
  { value: "thu", label: "Thu" },
  { value: "fri", label: "Fri" },
  { value: "sat", label: "Sat" },
  { value: "sun", label: "Sun" },
];
const NEW_WINDOW: SendingWindow = {
  days: ["mon", "tue", "wed", "thu", "fri"],
  from: "09:00",
  to: "20:00",
};

/** The hours in which campaigns are sent, in each recipient's own time zone. */
export function SendingHours({ canChange }: { canChange: boolean }) {
  const stored = queries.useQuery("get", ROUTE);
  if (stored.data) return <Form stored={stored.data} canChange={canChange} />;
  if (stored.error) {
    return <Failing problem={asProblem(stored.error)} onRetry={() => void stored.refetch()} />;
  }
  return <LoadingRows rows={3} />;
}

function Form({ stored, canChange }: { stored: QuietHours; canChange: boolean }) {
  const [typed, setTyped, forget] = useDraft<Partial<QuietHours> | null>("sending-hours", null);
  const save = useSave(forget);
  const values = { ...stored, ...typed };
  const change = (changes: Partial<QuietHours>) => setTyped({ ...typed, ...changes });
  const problem = save.error ? asProblem(save.error) : null;
  const setWindow = (index: number, changes: Partial<SendingWindow>) =>
    change({
      windows: values.windows.map((window, at) =>
        at === index ? { ...window, ...changes } : window,
      ),
    });
  return (
    <FormSection
      title="Sending hours"
      description="Outside these hours the messages of campaigns wait. The hours are those of each recipient's own time zone. Quick texts and replies are sent at any time."
      problem={problem}
      fields={["defaultTimeZone"]}
      isDirty={typed !== null && canChange}
      isSaving={save.isPending}
      onSave={() => save.mutate(values)}
      onReset={forget}
    >
      <Switch
        label="Send campaigns only within these hours"
        checked={values.enabled}
        disabled={!canChange}
        onChange={(event) => {
          const enabled = event.currentTarget.checked;
          const needsOne = enabled && values.windows.length === 0;
          change({ enabled, ...(needsOne ? { windows: [NEW_WINDOW] } : {}) });
        }}
      />
      {values.windows.map((window, index) => (
        <Window
          // biome-ignore lint/suspicious/noArrayIndexKey: windows have no id, only their position
          key={index}
          name={`Window ${index + 1}`}
          window={window}
          canChange={canChange}
          onChange={(changes) => setWindow(index, changes)}
          onRemove={() => change({ windows: values.windows.filter((_, at) => at !== index) })}
        />
      ))}
      {canChange && (
        <div>
          <Button
            variant="default"
            size="xs"
            onClick={() => change({ windows: [...values.windows, NEW_WINDOW] })}
          >
            Add hours
          </Button>
        </div>
      )}
      <Select
        label="Time zone for recipients whose own is not known"
        data={ZONES.includes(values.defaultTimeZone) ? ZONES : [values.defaultTimeZone, ...ZONES]}
        searchable
        allowDeselect={false}
        disabled={!canChange}
        value={values.defaultTimeZone}
        onChange={(zone) => zone && change({ defaultTimeZone: zone })}
        error={problem?.fields.defaultTimeZone}
      />
    </FormSection>
  );
}

interface WindowProps {
  name: string;
  window: SendingWindow;
  canChange: boolean;
  onChange: (changes: Partial<SendingWindow>) => void;
  onRemove: () => void;
}

function Window({ name, window, canChange, onChange, onRemove }: WindowProps) {
  return (
    <fieldset style={{ border: 0, margin: 0, padding: 0 }} disabled={!canChange}>
      <legend className="visually-hidden">{name}</legend>
      <Stack gap="xs">
        <Chip.Group
          multiple
          value={window.days}
          onChange={(days) => onChange({ days: days as Weekday[] })}
        >
          <Group gap={4}>
            {DAYS.map(({ value, label }) => (
              <Chip key={value} value={value} size="xs">
                {label}
              </Chip>
            ))}
          </Group>
        </Chip.Group>
        <Group gap="xs" align="flex-end">
          <TextInput
            label="From"
            type="time"
            value={window.from}
            onChange={(event) => onChange({ from: event.currentTarget.value })}
          />
          <TextInput
            label="To"
            type="time"
            value={window.to === "24:00" ? "23:59" : window.to}
            onChange={(event) => onChange({ to: event.currentTarget.value })}
          />
          <ActionIcon
            variant="subtle"
            color="gray"
            size={36}
            onClick={onRemove}
            aria-label={`Remove ${name.toLowerCase()}`}
          >
            <Trash2 size={16} aria-hidden />
          </ActionIcon>
        </Group>
      </Stack>
    </fieldset>
  );
}

function useSave(onSaved: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ enabled, windows, defaultTimeZone, version }: QuietHours) => {
      const body = { enabled, windows, defaultTimeZone };
      return (await api.PUT(ROUTE, { body, headers: ifUnchanged(version) })).data;
    },
    onSuccess: async () => {
      await cache.invalidateQueries({ queryKey: ["get", ROUTE] });
      onSaved();
      notifications.show({ message: "Saved." });
    },
    onError: () => cache.invalidateQueries({ queryKey: ["get", ROUTE] }),
  });
}
