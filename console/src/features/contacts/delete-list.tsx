import type { ContactList } from "@generated/api";
import { List, Stack, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { lookOf } from "@/features/campaigns/words";
import { Confirm } from "@/shared/confirm";
import { TextLink } from "@/shared/links";
import { counted } from "@/shared/number";

const MOST_CAMPAIGNS = 200;
const SHOWN = 5;

interface Props {
  list: ContactList;
  onClose: () => void;
}

/** Ask before a list is deleted, and name the campaigns that still need it. */
export function DeleteList({ list, onClose }: Props) {
  const cache = useQueryClient();
  const remove = useMutation({
    mutationFn: async () =>
      api.DELETE("/api/contact-lists/{id}", { params: { path: { id: list.id } } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/contact-lists"] });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Delete the list “${list.name}”?`}
      deed="Delete the list"
      isDestructive
      isBusy={remove.isPending}
      problem={remove.error ? asProblem(remove.error) : null}
      onConfirm={() => remove.mutate()}
    >
      <Stack gap="xs">
        <Text size="sm">Its {counted(list.memberCount, "contact")} and their messages stay.</Text>
        <NeededBy listId={list.id} />
      </Stack>
    </Confirm>
  );
}

/** The campaigns of a list that are not over. Without their list they can't be sent. */
function NeededBy({ listId }: { listId: string }) {
  const campaigns = queries.useQuery("get", "/api/campaigns", {
    params: {
      query: { status: ["draft", "scheduled", "running", "paused"], limit: MOST_CAMPAIGNS },
    },
  });
  const needed = (campaigns.data?.items ?? []).filter((campaign) => campaign.listId === listId);
  if (needed.length === 0) return null;
  return (
    <>
      <Text size="sm" fw={600}>
        {counted(needed.length, "campaign needs", "campaigns need")} this list and can't be sent
        without it:
      </Text>
      <List size="sm">
        {needed.slice(0, SHOWN).map(({ id, name, status }) => (
          <List.Item key={id}>
            <TextLink
              to="/campaigns/$campaignId"
              params={{ campaignId: id }}
              size="sm"
              underline="always"
            >
              <bdi>{name}</bdi>
            </TextLink>{" "}
            ({lookOf(status).word.toLowerCase()})
          </List.Item>
        ))}
      </List>
      {needed.length > SHOWN && <Text size="sm">and {needed.length - SHOWN} more.</Text>}
    </>
  );
}
