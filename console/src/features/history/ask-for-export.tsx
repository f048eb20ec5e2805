import { Button, Tooltip } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { ButtonLink } from "@/shared/links";
import { tellWhenReady } from "./ready-notice";
import { exportObstacle, type HistorySearch } from "./search";

/** A button that requests a file with the listed messages. It is written in the background. */
export function AskForExport({ search }: { search: HistorySearch }) {
  const ask = useAsk();
  const askOnce = useSingle(ask);
  const navigate = useNavigate();
  const obstacle = exportObstacle(search);
  const send = () =>
    askOnce(search, {
      onSuccess: () => {
        notifications.show({
          message: "The export is being written. We tell you when it is ready.",
        });
        void navigate({ to: "/messages/exports" });
      },
    });
  return (
    <>
      <ButtonLink variant="default" to="/messages/exports">
        Exports
      </ButtonLink>
      <Tooltip
        label={obstacle}
        disabled={obstacle === null}
        events={{ hover: true, focus: true, touch: true }}
      >
        <Button
          variant="default"
          loading={ask.isPending}
          onClick={obstacle === null ? send : undefined}
          aria-disabled={obstacle !== null}
          data-disabled={obstacle !== null || undefined}
          aria-description={obstacle ?? undefined}
        >
          Export these messages
        </Button>
      </Tooltip>
    </>
  );
}

function useAsk() {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async ({ search, direction, ...body }: HistorySearch) =>
      (await api.POST("/api/history/exports", { body, headers: intent.headers(body) })).data,
    onSuccess: (made) => {
      intent.done();
      if (made) void tellWhenReady(made.id);
      return cache.invalidateQueries({ queryKey: ["get", "/api/history/exports"] });
    },
    onError: (error) =>
      notifications.show({ color: "red", autoClose: false, message: asProblem(error).message }),
  });
}
