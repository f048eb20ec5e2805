import type { ScheduledSend } from "@generated/api";
import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { Confirm } from "@/shared/confirm";
import { counted } from "@/shared/number";

const LIST = ["get", "/api/sms/scheduled"];

interface CancelProps {
  send: ScheduledSend;
  onClose: () => void;
}

/** Ask, and then cancel the messages that have not been sent yet. */
export function CancelSend({ send, onClose }: CancelProps) {
  const cache = useQueryClient();
  const cancel = useMutation({
    mutationFn: async () =>
      api.DELETE("/api/sms/scheduled/{id}", { params: { path: { id: send.id } } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: LIST });
      notifications.show({ message: "The message is cancelled. Nothing is charged for it." });
      onClose();
    },
  });
  const confirmLabel = `Cancel ${counted(send.waitingCount, "message")}`;
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`${confirmLabel}?`}
      confirmLabel={confirmLabel}
      dismissal="Keep it"
      isDestructive
      isBusy={cancel.isPending}
      problem={cancel.error ? asProblem(cancel.error) : null}
      onConfirm={() => cancel.mutate()}
    >
      Nobody gets this text, and nothing is charged for it. This can't be undone.
    </Confirm>
  );
}

/** The button that releases a held message, so that it is sent. */
export function ResumeSend({ send }: { send: ScheduledSend }) {
  const cache = useQueryClient();
  const intent = useIntent();
  const resume = useMutation({
    mutationFn: async (id: string) =>
      api.POST("/api/sms/scheduled/{id}/resume", {
        params: { path: { id } },
        headers: intent.headers(id),
      }),
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: LIST });
      notifications.show({ message: "The message is no longer held." });
    },
    onError: (error) =>
      notifications.show({ color: "red", autoClose: false, message: asProblem(error).message }),
  });
  const resumeOnce = useSingle(resume);
  return (
    <Button
      variant="default"
      size="compact-sm"
      loading={resume.isPending}
      onClick={() => resumeOnce(send.id)}
    >
      Let it be sent
    </Button>
  );
}
