import type { Template } from "@generated/api";
import { Button, Grid, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { fieldError } from "@/shared/form";
import { MessageBox } from "@/shared/message-box/message-box";
import { useInsertion, Variables } from "@/shared/message-box/variables";
import { ReferenceField } from "@/shared/own-data";
import { PhonePreview } from "@/shared/phone-preview";
import { addressesIn } from "@/shared/picture-addresses";
import { Pictures } from "@/shared/pictures";
import { useQuote } from "@/shared/quote/use-quote";
import { UnusedVariables } from "@/shared/unused-variables";
import { SaveProblem } from "./save-problem";
import type { Wizard } from "./use-wizard";

interface Props {
  wizard: Wizard;
  onSaved: (campaignId: string) => void;
}

const NO_NUMBERS: string[] = [];
const NO_NAMES: string[] = [];
const FIELDS = ["name", "message", "mediaUrls", "reference"];

/** The first step: write the text. The next step saves the campaign as a draft. */
export function TextStep({ wizard, onSaved }: Props) {
  const { draft, change, save, isDirty, isSaving, stored } = wizard;
  const mediaUrls = addressesIn(draft.pictures);
  const { quote, isStale } = useQuote(draft.message, NO_NUMBERS, { mediaUrls });
  const problem = wizard.saveError ? asProblem(wizard.saveError) : null;
  const [origin, setOrigin] = useState<Template | null>(null);
  const write = (message: string) => change({ message, templateId: "" });
  const { boxRef, insert } = useInsertion(draft.message, write);
  const lacks = lackOf(draft.name, draft.message);
  const next = () => {
    if (stored && !isDirty) onSaved(stored.id);
    else save(({ id }) => onSaved(id));
  };
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, md: 8 }}>
        <Stack gap="md" maw={640}>
          <SaveProblem wizard={wizard} fields={FIELDS} />
          <TextInput
            label="Name"
            description="Only your organisation sees it."
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            error={problem?.fields.name}
            maxLength={100}
          />
          <TemplateChoice wizard={wizard} onChoose={setOrigin} />
          <MessageBox
            label="Message"
            placeholder="Hi {{firstName}}, doors open at 7 pm."
            value={draft.message}
            onChange={write}
            boxRef={boxRef}
            counting={quote}
            isStale={isStale}
            error={problem?.fields.message}
          />
          <UnusedVariables content={draft.message} names={origin?.variables ?? NO_NAMES} />
          <Variables onInsert={insert} />
          <Pictures
            value={draft.pictures}
            onChange={(pictures) => change({ pictures })}
            error={fieldError(problem, "mediaUrls")}
          />
          <ReferenceField
            value={draft.reference}
            onChange={(reference) => change({ reference })}
            error={problem?.fields.reference}
          />
          <Group gap="sm">
            <Button onClick={next} loading={isSaving} disabled={lacks !== null}>
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

interface TemplateProps {
  wizard: Wizard;
  onChoose: (template: Template | null) => void;
}

/** Start from a template. The campaign follows the template until its text is changed here. */
function TemplateChoice({ wizard: { draft, change }, onChoose }: TemplateProps) {
  const templates = queries.useQuery("get", "/api/templates", {
    params: { query: { limit: 100 } },
  });
  if (!templates.data || templates.data.items.length === 0) return null;
  return (
    <Select
      label="Template"
      description={
        draft.templateId
          ? "The campaign uses the text that the template has when the campaign starts. If you change the text below, it no longer follows the template."
          : undefined
      }
      placeholder="No template"
      data={templates.data.items.map(({ id, name }) => ({ value: id, label: name }))}
      value={draft.templateId || null}
      onChange={(id) => {
        const chosen = templates.data.items.find((template) => template.id === id);
        onChoose(chosen ?? null);
        if (chosen) change({ message: chosen.content, templateId: chosen.id });
        else change({ templateId: "" });
      }}
      searchable
      clearable
      clearButtonProps={{ "aria-label": "Use no template" }}
    />
  );
}

/** Return what is missing before the next step, or null. */
function lackOf(name: string, message: string): string | null {
  if (name.trim() === "") return "Enter a name.";
  return message.trim() === "" ? "Write the message." : null;
}
