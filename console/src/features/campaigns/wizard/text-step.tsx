import { Button, Grid, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { useQuote } from "@/features/send/use-quote";
import { FormBanner } from "@/shared/form";
import { MessageBox } from "@/shared/message-box/message-box";
import { PhonePreview } from "@/shared/phone-preview";
import { addressesIn, pictureProblem } from "@/shared/picture-addresses";
import { Pictures } from "@/shared/pictures";
import type { Wizard } from "./use-wizard";

interface Props {
  wizard: Wizard;
  onSaved: (campaignId: string) => void;
}

const NO_NUMBERS: string[] = [];
const VARIABLES = ["firstName", "lastName", "phone", "email"];

/** The first step: write the text. The next step saves the campaign as a draft. */
export function TextStep({ wizard, onSaved }: Props) {
  const { draft, change, save, isDirty, stored } = wizard;
  const mediaUrls = addressesIn(draft.pictures);
  const { quote, isStale } = useQuote(draft.message, NO_NUMBERS, { mediaUrls });
  const problem = save.error ? asProblem(save.error) : null;
  const lacks = lackOf(draft.name, draft.message);
  const next = () => {
    if (stored && !isDirty) onSaved(stored.id);
    else save.mutate(draft, { onSuccess: (saved) => saved && onSaved(saved.id) });
  };
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, md: 8 }}>
        <Stack gap="md" maw={640}>
          <FormBanner problem={problem} />
          <TextInput
            label="Name"
            description="Only your organisation sees it."
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            error={problem?.fields.name}
            maxLength={100}
          />
          <TemplateChoice wizard={wizard} />
          <MessageBox
            label="Message"
            placeholder="Hi {{firstName}}, doors open at 7 pm."
            value={draft.message}
            onChange={(message) => change({ message, templateId: "" })}
            counting={quote}
            isStale={isStale}
            error={problem?.fields.message}
          />
          <Variables onInsert={(words) => change({ message: draft.message + words })} />
          <Pictures
            value={draft.pictures}
            onChange={(pictures) => change({ pictures })}
            error={pictureProblem(problem?.fields)}
          />
          <Group gap="sm">
            <Button onClick={next} loading={save.isPending} disabled={lacks !== null}>
              Choose the recipients
            </Button>
            {lacks && (
              <Text size="sm" c="dimmed">
                {lacks}
              </Text>
            )}
          </Group>
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 4 }}>
        <PhonePreview text={draft.message} />
      </Grid.Col>
    </Grid>
  );
}

/** Start from a template. The campaign follows the template until its text is changed here. */
function TemplateChoice({ wizard: { draft, change } }: { wizard: Wizard }) {
  const templates = queries.useQuery("get", "/api/templates", {
    params: { query: { limit: 100 } },
  });
  if (!templates.data || templates.data.items.length === 0) return null;
  return (
    <Select
      label="Template"
      description={
        draft.templateId
          ? "The campaign uses the template's text as it is when it starts. A change below makes it a text of its own."
          : undefined
      }
      placeholder="No template"
      data={templates.data.items.map(({ id, name }) => ({ value: id, label: name }))}
      value={draft.templateId || null}
      onChange={(id) => {
        const chosen = templates.data.items.find((template) => template.id === id);
        if (chosen) change({ message: chosen.content, templateId: chosen.id });
        else change({ templateId: "" });
      }}
      searchable
      clearable
      clearButtonProps={{ "aria-label": "Use no template" }}
    />
  );
}

/** Buttons that add a placeholder to the end of the text. */
function Variables({ onInsert }: { onInsert: (words: string) => void }) {
  return (
    <Group gap={6}>
      <Text size="xs" c="dimmed">
        Add what differs for each person:
      </Text>
      {VARIABLES.map((name) => (
        <Button
          key={name}
          size="compact-xs"
          variant="default"
          onClick={() => onInsert(`{{${name}}}`)}
        >
          {`{{${name}}}`}
        </Button>
      ))}
    </Group>
  );
}

/** Return a sentence about what is missing for the next step, or null. */
function lackOf(name: string, message: string): string | null {
  if (name.trim() === "") return "Enter a name.";
  return message.trim() === "" ? "Write the message." : null;
}
