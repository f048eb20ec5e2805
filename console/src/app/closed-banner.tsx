import { Button, Group, Text } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Building2 } from "lucide-react";
import { useEffect, useState } from "react";
import { api, queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { useUser } from "@/client/use-session";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { RelativeTime } from "@/shared/time";
import styles from "./unverified-banner.module.css";

const FRESH_MS = 3_600_000;

/** Says on each screen that the organisation is closed. An owner can reopen it here. */
export function ClosedBanner() {
  const organisation = queries.useQuery("get", "/api/org", {}, { staleTime: FRESH_MS });
  const [isClosed, setClosed] = useState(false);
  const { error, isPending } = organisation;
  // A refused request is forgotten when it is sent again. If the banner went away meanwhile, its
  // time would ask for the organisation's zone each time it comes back, without an end.
  useEffect(() => {
    if (!isPending) setClosed(error !== null && asProblem(error).code === "organisation_closed");
  }, [error, isPending]);
  return isClosed ? <Closed /> : null;
}

function Closed() {
  const cache = useQueryClient();
  const isOwner = useUser().roles.includes("owner");
  const closing = queries.useQuery("get", "/api/org/closing", {}, { enabled: isOwner });
  const reopen = useMutation({
    mutationFn: async () => api.POST("/api/org/reopen"),
    onSuccess: () => cache.invalidateQueries(),
  });
  const reopenOnce = useSingle(reopen);
  return (
    <Group gap="xs" className={styles.banner} role="region" aria-label="Closed organisation">
      <Building2 size={16} aria-hidden />
      <Text size="sm" className={styles.words}>
        Your organisation is closed.
        {closing.data ? (
          <>
            {" "}
            Its data are deleted <RelativeTime at={closing.data.deleteAt} />.
          </>
        ) : (
          " An owner can reopen it until its data are deleted."
        )}
      </Text>
      {isOwner && (
        <Button
          size="compact-sm"
          variant="default"
          loading={reopen.isPending}
          onClick={() => reopenOnce()}
        >
          Reopen the organisation
        </Button>
      )}
      <FormBanner problem={reopen.error ? asProblem(reopen.error) : null} />
    </Group>
  );
}
