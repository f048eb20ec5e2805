import type { DeadLetter } from "@generated/api";
import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "@/client/client";
import { ReasonDialog } from "../reason-dialog";

const ACTIONS = {
  replay: {
    path: "/api/admin/dead-letters/{id}/replay",
    title: "Replay this dead letter?",
    confirmLabel: "Replay the dead letter",
    label: "Replay",
    done: "The dead letter is sent to its consumer again.",
    effect:
      "The consumer gets the dead letter again, and ignores it if it has handled it before. If it fails again, it comes back here.",
  },
  discard: {
    path: "/api/admin/dead-letters/{id}/discard",
    title: "Discard this dead letter?",
    confirmLabel: "Discard the dead letter",
    label: "Discard",
    done: "The dead letter is discarded.",
    effect: "What it should have changed stays undone. This can't be reversed.",
  },
} as const;

interface Props {
  kind: keyof typeof ACTIONS;
  letter: DeadLetter;
  isAllowed: boolean;
}

/** The button that replays or discards one dead letter, after asking for the reason. */
export function LetterAction({ kind, letter, isAllowed }: Props) {
  const [isOpen, dialog] = useDisclosure(false);
  const cache = useQueryClient();
  const { path, title, confirmLabel, label, done, effect } = ACTIONS[kind];
  const isDestructive = kind === "discard";
  return (
    <>
      <Button
        variant={isDestructive ? "subtle" : "default"}
        color={isDestructive ? "red" : undefined}
        disabled={!isAllowed}
        onClick={dialog.open}
      >
        {label}
      </Button>
      {isOpen && (
        <ReasonDialog
          title={title}
          confirmLabel={confirmLabel}
          isDestructive={isDestructive}
          act={async (reason, headers) =>
            api.POST(path, { params: { path: { id: letter.id } }, body: { reason }, headers })
          }
          onDone={() => {
            void cache.invalidateQueries({ queryKey: ["get", "/api/admin/dead-letters"] });
            void cache.invalidateQueries({ queryKey: ["get", "/api/admin/dead-letters/{id}"] });
            void cache.invalidateQueries({ queryKey: ["get", "/api/admin/dead-letters/groups"] });
            notifications.show({ message: done });
            dialog.close();
          }}
          onClose={dialog.close}
        >
          {effect}
        </ReasonDialog>
      )}
    </>
  );
}
