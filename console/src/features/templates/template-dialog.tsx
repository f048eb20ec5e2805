import type { Template } from "@generated/api";
import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { asProblem } from "@/client/problem";
import { conflictOf, useBase } from "@/client/use-base";
import type { Shown } from "@/client/versions";
import { ChangedMeanwhile } from "@/shared/changed-meanwhile";
import { useDraft } from "@/shared/drafts";
import { FormBanner } from "@/shared/form";
import { KeptWords } from "@/shared/kept-words";
import { MessageBox } from "@/shared/message-box/message-box";
import { useInsertion, Variables } from "@/shared/message-box/variables";
import { useQuote } from "@/shared/quote/use-quote";
import { DeleteTemplate } from "./delete-template";
import { Filled } from "./filled";
import { LABELS, NEW, shownOf, useSave, type Values } from "./use-save";

const NO_NUMBERS: string[] = [];
const FIELDS = ["name", "content"];

interface Props {
  /** The template to change, or null for a new one. */
  template: Template | null;
  onClose: () => void;
}

/** Write, change or delete a template. */
export function TemplateDialog({ template, onClose }: Props) {
  const { values, setValues, edited, isKept, forget } = useEdited(template);
  const { name, content } = values;
  const write = (text: string) => setValues({ ...values, content: text });
  const { boxRef, insert } = useInsertion(content, write);
  const { quote, isStale } = useQuote(content, NO_NUMBERS);
  const save = useSave(template, () => {
    forget();
    onClose();
  });
  const problem = save.error ? asProblem(save.error) : null;
  const conflict = conflictOf<Values>(save.error);
  return (
    <Modal opened onClose={onClose} title={template ? template.name : "New template"} size="lg">
      <Stack gap="md">
        {conflict && edited.base ? (
          <ChangedMeanwhile
            labels={LABELS}
            base={edited.base}
            mine={values}
            conflict={conflict}
            isBusy={save.isPending}
            onKeepMine={() => save.mutate({ values, base: edited.over(conflict) })}
            onTakeTheirs={() => {
              edited.take(conflict);
              forget();
              save.reset();
            }}
          />
        ) : (
          <FormBanner problem={problem} fields={FIELDS} />
        )}
        <KeptWords
          isKept={isKept}
          onStartOver={() => {
            edited.begin(template && shownOf(template));
            forget();
          }}
        />
        <TextInput
          label={LABELS.name}
          data-autofocus
          value={name}
          onChange={(event) => setValues({ ...values, name: event.currentTarget.value })}
          error={problem?.fields.name}
          maxLength={100}
        />
        <MessageBox
          label={LABELS.content}
          placeholder="Hi {{firstName}}, doors open at 7 pm."
          value={content}
          onChange={write}
          boxRef={boxRef}
          counting={quote}
          isStale={isStale}
          error={problem?.fields.content}
        />
        <Variables onInsert={insert} />
        <Filled content={content} />
        <Group justify="space-between">
          {template ? (
            <DeleteTemplate
              template={template}
              onDone={() => {
                forget();
                onClose();
              }}
            />
          ) : (
            <span />
          )}
          <Group gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              loading={save.isPending}
              disabled={name.trim() === "" || content.trim() === ""}
              onClick={() => save.mutate({ values, base: edited.base })}
            >
              {template ? "Save" : "Create the template"}
            </Button>
          </Group>
        </Group>
      </Stack>
    </Modal>
  );
}

interface Typed {
  values: Values;
  /** What the form began with, or null for a new template. */
  base: Shown<Values> | null;
}

/** What was typed, kept in this browser until it is saved, and the version that it changes. */
function useEdited(template: Template | null) {
  const [typed, keep, forget] = useDraft<Typed | null>(`template:${template?.id ?? "new"}`, null);
  const edited = useBase(typed ? typed.base : template && shownOf(template));
  return {
    values: typed?.values ?? edited.base?.values ?? NEW,
    setValues: (values: Values) => keep({ values, base: edited.base }),
    edited,
    isKept: typed !== null,
    forget,
  };
}
