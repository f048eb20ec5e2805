import type { WebhookListener } from "@generated/api";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { relativeTime } from "@/shared/time";

interface Props {
  listener: WebhookListener;
  onClose: () => void;
}

/** Ask, and then end a listener. */
export function EndListener({ listener, onClose }: Props) {
  const cache = useQueryClient();
  const end = useMutation({
    mutationFn: async () => {
      try {
        await api.DELETE("/api/webhooks/listeners/{id}", { params: { path: { id: listener.id } } });
      } catch (error) {
        // It may have ended meanwhile, which is what the user wants.
        if (asProblem(error).code !== "webhook_listener_not_found") throw error;
      }
    },
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/webhooks/listeners"] });
      notifications.show({ message: "The listener is ended." });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`End the listener that began ${relativeTime(new Date(listener.createdAt), new Date())}?`}
      confirmLabel="End the listener"
      isDestructive
      isBusy={end.isPending}
      problem={end.error ? asProblem(end.error) : null}
      onConfirm={() => end.mutate()}
    >
      Its program gets no more events and stops with an error. Events that it has not fetched are
      deleted. Endpoints and other listeners still get theirs.
    </Confirm>
  );
}
