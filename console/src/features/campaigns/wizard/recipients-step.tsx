import type { ContactList } from "@generated/api";
import { Alert, Button, Group, Radio, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ButtonLink, TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { counted, formatCount } from "@/shared/number";
import { SearchBox } from "@/shared/search-box";
import { Empty, Failing, LoadingRows } from "@/shared/states";
import { SaveProblem } from "./save-problem";
import type { Wizard } from "./use-wizard";

const SEARCH_FROM = 8;

interface Props {
  wizard: Wizard;
  onBack: () => void;
  onSaved: (campaignId: string) => void;
}

/** The second step: choose the recipients. The next step saves the campaign as a draft. */
export function RecipientsStep({ wizard, onBack, onSaved }: Props) {
  const { draft, save, isDirty, isSaving, stored } = wizard;
  const next = () => {
    if (stored && !isDirty) onSaved(stored.id);
    else save(({ id }) => onSaved(id));
  };
  return (
    <Stack gap="md" maw={640}>
      <SaveProblem wizard={wizard} />
      {stored?.retryOf ? (
        <Alert color="blue">A retry is for those who did not get the earlier campaign.</Alert>
      ) : (
        <Lists wizard={wizard} />
      )}
      <Group gap="xs">
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Button onClick={next} loading={isSaving} disabled={draft.listId === ""}>
          Check the campaign
        </Button>
        {draft.listId === "" && (
          <Text size="sm" c="dimmed">
            Choose the recipients.
          </Text>
        )}
      </Group>
    </Stack>
  );
}

function Lists({ wizard: { draft, change } }: { wizard: Wizard }) {
  const [search, setSearch] = useState<string | undefined>();
  const lists = queries.useInfiniteQuery(
    "get",
    "/api/contact-lists",
    { params: { query: { limit: 100 } } },
    PAGES,
  );
  const all = useMemo(() => lists.data?.pages.flatMap((page) => page.items), [lists.data]);
  if (all === undefined) {
    return lists.error ? (
      <Failing problem={asProblem(lists.error)} onRetry={() => void lists.refetch()} />
    ) : (
      <LoadingRows rows={3} />
    );
  }
  if (all.length === 0) {
    return (
      <Empty action={<ButtonLink to="/contacts/import">Import contacts</ButtonLink>}>
        You have no contact lists yet. An import puts contacts on a list. Your text is kept.
      </Empty>
    );
  }
  const wanted = search?.toLowerCase() ?? "";
  const shown = all.filter(({ id, name }) => id === draft.listId || matches(name, wanted));
  return (
    <>
      {all.length >= SEARCH_FROM && (
        <SearchBox
          label="Search lists"
          placeholder="Name of a list"
          value={search}
          onSearch={setSearch}
        />
      )}
      <Radio.Group
        label="Recipients"
        value={draft.listId}
        onChange={(listId) => change({ listId })}
      >
        <Stack gap="xs" mt="xs">
          {shown.map((list) => (
            <Radio
              key={list.id}
              value={list.id}
              label={<bdi>{list.name}</bdi>}
              description={sizeOf(list)}
            />
          ))}
        </Stack>
      </Radio.Group>
      <ListFooter query={lists} />
      <Text size="sm" c="dimmed">
        Is somebody missing?{" "}
        <TextLink to="/contacts/import" size="sm" underline="always">
          Import contacts
        </TextLink>
        . Your text is kept.
      </Text>
    </>
  );
}

const matches = (name: string, wanted: string) => name.toLowerCase().includes(wanted);

/** Describe how many contacts are on a list, and how many of them can't be texted. */
function sizeOf({ memberCount, optedOutCount, filter }: ContactList): string {
  const kind = filter ? "Segment, " : "";
  const size = `${kind}${counted(memberCount, "contact")}`;
  return optedOutCount ? `${size}, ${formatCount(optedOutCount)} opted out` : size;
}
