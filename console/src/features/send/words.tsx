import type { Template } from "@generated/api";
import { Select, SimpleGrid, Text, TextInput } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { queries } from "@/client/client";
import { UnusedVariables } from "@/shared/unused-variables";
import { expectedVariables, type SendDraft } from "./order";

const MOST_TEMPLATES = 200;

type Written = Pick<SendDraft, "message" | "template" | "variables">;

interface ChoiceProps {
  draft: Written;
  onChange: (changes: Partial<Written>) => void;
}

/** Start from a template. Its text can be changed afterwards. */
export function TemplateChoice({ draft, onChange }: ChoiceProps) {
  const templates = queries.useQuery(
    "get",
    "/api/templates",
    { params: { query: { limit: MOST_TEMPLATES } } },
    { placeholderData: keepPreviousData },
  );
  const items = templates.data?.items ?? [];
  if (items.length === 0) return null;
  const isUnchanged = draft.template?.content === draft.message;
  return (
    <Select
      label="Template"
      placeholder="Write the text yourself"
      searchable
      data={items.map(({ id, name }) => ({ value: id, label: name }))}
      value={isUnchanged ? (draft.template?.id ?? null) : null}
      onChange={(id) => {
        const template = items.find((item) => item.id === id);
        if (!template) onChange({ template: null });
        else onChange({ template, message: template.content, variables: kept(template, draft) });
      }}
      clearable
      clearButtonProps={{ "aria-label": "Use no template" }}
    />
  );
}

/** Return the values that the template uses. Values for an earlier text are dropped. */
function kept({ variables }: Template, draft: Written): Record<string, string> {
  const values = Object.entries(draft.variables);
  return Object.fromEntries(values.filter(([name]) => variables.includes(name)));
}

interface VariablesProps {
  draft: SendDraft;
  onChange: (changes: Partial<SendDraft>) => void;
  placeholders: string[];
  foreign: string[];
}

/** The values of the placeholders in the text. */
export function Variables({ draft, onChange, placeholders, foreign }: VariablesProps) {
  return (
    <>
      {placeholders.length > 0 && (
        <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="sm">
          {placeholders.map((name) => (
            <TextInput
              key={name}
              label={name}
              description={`Value of {{${name}}}`}
              value={draft.variables[name] ?? ""}
              onChange={(event) =>
                onChange({ variables: { ...draft.variables, [name]: event.currentTarget.value } })
              }
            />
          ))}
        </SimpleGrid>
      )}
      <UnusedVariables content={draft.message} names={expectedVariables(draft)} />
      <Foreign foreign={foreign} />
    </>
  );
}

/** Says that placeholders in the syntax of other tools are not filled. */
export function Foreign({ foreign }: Pick<VariablesProps, "foreign">) {
  if (foreign.length === 0) return null;
  const isOne = foreign.length === 1;
  return (
    <Text size="xs" c="var(--sb-unknown)">
      {foreign.slice(0, 3).join(", ")} {isOne ? "is" : "are"} sent as {isOne ? "it is" : "they are"}
      . Placeholders are written as {"{{firstName}}"}.
    </Text>
  );
}
