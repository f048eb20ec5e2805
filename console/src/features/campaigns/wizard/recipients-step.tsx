import { Button, Group, Radio, Stack, Text } from "@mantine/core";
import { queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { counted } from "@/shared/number";
import { Empty, Failing, LoadingRows } from "@/shared/states";
import type { Wizard } from "./use-wizard";

interface Props {
  wizard: Wizard;
  onBack: () => void;
  onSaved: (campaignId: string) => void;
}

/** The second step: who gets it. Going on saves the campaign as a draft. */
export function RecipientsStep({ wizard, onBack, onSaved }: Props) {
  const { draft, change, save } = wizard;
  const lists = queries.useQuery("get", "/api/contact-lists");
  const next = () => save.mutate(draft, { onSuccess: (saved) => saved && onSaved(saved.id) });
  return (
    <Stack gap="md" maw={640}>
      <FormBanner problem={save.error ? asProblem(save.error) : null} />
      {lists.data === undefined ? (
        lists.error ? (
          <Failing problem={asProblem(lists.error)} onRetry={() => void lists.refetch()} />
        ) : (
          <LoadingRows rows={3} />
        )
      ) : lists.data.items.length === 0 ? (
        <Empty>You have no contact lists yet. Import contacts into a list first.</Empty>
      ) : (
        <Radio.Group label="List" value={draft.listId} onChange={(listId) => change({ listId })}>
          <Stack gap="xs" mt="xs">
            {lists.data.items.map((list) => (
              <Radio
                key={list.id}
                value={list.id}
                label={
                  <>
                    {list.name}{" "}
                    <Text component="span" size="sm" c="dimmed">
                      {counted(list.memberCount, "contact")}
                    </Text>
                  </>
                }
              />
            ))}
          </Stack>
        </Radio.Group>
      )}
      <Group gap="xs">
        <Button variant="default" onClick={onBack}>
          Back
        </Button>
        <Button onClick={next} loading={save.isPending} disabled={draft.listId === ""}>
          Check the campaign
        </Button>
      </Group>
    </Stack>
  );
}
