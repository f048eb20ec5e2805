import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { dayWords } from "@/shared/time";
import { useTimeZone } from "@/shared/use-organisation";
import { wordsFor } from "./periods";

const DAY_MS = 24 * 60 * 60 * 1000;

interface Props {
  /** What is kept, in the middle of a sentence, such as `the audit log`. */
  what: string;
  /** How many days it is kept now, and how many from now on; null for ever. */
  from: number | null;
  to: number | null;
  /** The routes that show the setting, which are read again after the change. */
  routes: string[];
  save: (days: number | null) => Promise<unknown>;
  onClose: () => void;
}

/** Asks before data is kept for another time, and says what is deleted. */
export function PeriodDialog({ what, from, to, routes, save, onClose }: Props) {
  const cache = useQueryClient();
  const zone = useTimeZone();
  const isShorter = to !== null && (from === null || to < from);
  const period = to === null ? "for ever" : `for ${wordsFor(to)}`;
  const change = useMutation({
    mutationFn: save,
    onSuccess: () => {
      notifications.show({ message: `Saved. We keep ${what} ${period}.` });
      onClose();
    },
    onSettled: () => {
      for (const route of routes) void cache.invalidateQueries({ queryKey: ["get", route] });
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={`Keep ${what} ${period}?`}
      confirmLabel={`Keep ${what} ${period}`}
      isDestructive={isShorter}
      isBusy={change.isPending}
      problem={change.error ? asProblem(change.error) : null}
      onConfirm={() => change.mutate(to)}
    >
      {to !== null && isShorter ? (
        <>
          Everything before {dayWords(new Date(Date.now() - to * DAY_MS).toISOString(), zone)} is
          deleted within a few hours, and later whatever gets older than {wordsFor(to)}. It can't be
          restored. Export first what you need.
        </>
      ) : (
        "What was deleted before can't be restored."
      )}
    </Confirm>
  );
}
