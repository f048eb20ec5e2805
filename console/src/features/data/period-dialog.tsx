import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { dayWords } from "@/shared/time";
import { useTimeZone } from "@/shared/use-organisation";
import { wordsFor } from "./periods";

const DAY_MS = 24 * 60 * 60 * 1000;

interface Props {
  /** What is kept, such as `Audit log`. */
  label: string;
  /** How many days it is kept now, and how many from now on; null for ever. */
  from: number | null;
  to: number | null;
  /** The routes that show the setting, which are read again after the change. */
  routes: string[];
  save: (days: number | null) => Promise<unknown>;
  onClose: () => void;
}

/** Asks before data is kept for another time, and says what is deleted. */
export function PeriodDialog({ label, from, to, routes, save, onClose }: Props) {
  const cache = useQueryClient();
  const zone = useTimeZone();
  const isShorter = to !== null && (from === null || to < from);
  const words = wordsFor(to).toLowerCase();
  const change = useMutation({
    mutationFn: save,
    onSuccess: () => {
      notifications.show({ message: `${label}: kept ${to === null ? words : `for ${words}`}.` });
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
      title={`${label}: keep it ${to === null ? words : `for ${words}`}?`}
      confirmLabel={to === null ? "Keep it for ever" : `Keep it for ${words}`}
      isDestructive={isShorter}
      isBusy={change.isPending}
      problem={change.error ? asProblem(change.error) : null}
      onConfirm={() => change.mutate(to)}
    >
      {to !== null && isShorter ? (
        <>
          Everything before {dayWords(new Date(Date.now() - to * DAY_MS).toISOString(), zone)} is
          deleted within a few hours, and from then on what gets older than {words}. It can't be
          restored. Export first what you need.
        </>
      ) : (
        "What was deleted before can't be restored."
      )}
    </Confirm>
  );
}
