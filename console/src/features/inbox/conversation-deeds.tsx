import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { useShortcut } from "@/shared/shortcuts";

interface Props {
  contactId: string;
  /** The newest message from the person, or undefined if there is none yet. */
  newestIn: string | undefined;
  onClose: () => void;
}

/** Put a conversation away, or leave it unread for later. */
export function ConversationDeeds({ contactId, newestIn, onClose }: Props) {
  const archive = useArchive(contactId, onClose);
  const unread = useUnread(onClose);
  useShortcut("e", () => !archive.isPending && archive.mutate());
  useShortcut("u", () => newestIn && !unread.isPending && unread.mutate(newestIn));
  return (
    <Group gap={4}>
      <Button
        variant="subtle"
        size="compact-sm"
        disabled={newestIn === undefined}
        loading={unread.isPending}
        onClick={() => newestIn && unread.mutate(newestIn)}
      >
        Mark as unread
      </Button>
      <Button
        variant="subtle"
        size="compact-sm"
        loading={archive.isPending}
        onClick={() => archive.mutate()}
      >
        Archive
      </Button>
    </Group>
  );
}

function useArchive(contactId: string, onDone: () => void) {
  const cache = useQueryClient();
  const params = { path: { contactId } };
  const refresh = () => cache.invalidateQueries({ queryKey: ["get", "/api/messages/threads"] });
  const undo = async () => {
    await api.POST("/api/messages/threads/{contactId}/unarchive", { params }).catch(showProblem);
    await refresh();
  };
  return useMutation({
    mutationFn: async () => api.POST("/api/messages/threads/{contactId}/archive", { params }),
    onSuccess: () => {
      void refresh();
      const id = `archived-${contactId}`;
      const take = () => {
        notifications.hide(id);
        void undo();
      };
      notifications.show({ id, message: <Archived onUndo={take} /> });
      onDone();
    },
    onError: showProblem,
  });
}

function Archived({ onUndo }: { onUndo: () => void }) {
  return (
    <Group justify="space-between">
      The conversation is archived.
      <Button variant="subtle" size="compact-sm" onClick={onUndo}>
        Undo
      </Button>
    </Group>
  );
}

function useUnread(onDone: () => void) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) =>
      api.PATCH("/api/messages/{id}/read", { params: { path: { id } }, body: { read: false } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/messages/threads"] });
      onDone();
    },
    onError: showProblem,
  });
}

function showProblem(error: unknown): void {
  notifications.show({ color: "red", autoClose: false, message: asProblem(error).message });
}
