import { Button, Grid, Select, Stack, TextInput } from "@mantine/core";
import { queries } from "@/client/client";
import { useQuote } from "@/features/send/use-quote";
import { MessageBox } from "@/shared/message-box/message-box";
import { PhonePreview } from "@/shared/phone-preview";
import type { Wizard } from "./use-wizard";

interface Props {
  wizard: Wizard;
  onNext: () => void;
}

const NO_NUMBERS: string[] = [];

/** The first step: what is sent. */
export function TextStep({ wizard, onNext }: Props) {
  const { draft, change } = wizard;
  const { quote, isStale } = useQuote(draft.message, NO_NUMBERS);
  const templates = queries.useQuery("get", "/api/templates");
  const isReady = draft.name.trim() !== "" && draft.message.trim() !== "";
  return (
    <Grid gap="xl">
      <Grid.Col span={{ base: 12, md: 8 }}>
        <Stack gap="md" maw={640}>
          <TextInput
            label="Name"
            description="Only your organisation sees it."
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            maxLength={100}
          />
          {templates.data && templates.data.items.length > 0 && (
            <Select
              label="Start from a template"
              placeholder="No template"
              data={templates.data.items.map(({ id, name }) => ({ value: id, label: name }))}
              value={null}
              onChange={(id) => {
                const chosen = templates.data.items.find((template) => template.id === id);
                if (chosen) change({ message: chosen.content });
              }}
            />
          )}
          <MessageBox
            label="Message"
            placeholder="Hi {{firstName}}, doors open at 7 pm."
            value={draft.message}
            onChange={(message) => change({ message })}
            counting={quote}
            isStale={isStale}
          />
          <div>
            <Button onClick={onNext} disabled={!isReady}>
              Choose the recipients
            </Button>
          </div>
        </Stack>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 4 }}>
        <PhonePreview text={draft.message} />
      </Grid.Col>
    </Grid>
  );
}
