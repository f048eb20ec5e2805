import { Group, Text } from "@mantine/core";
import { MailWarning } from "lucide-react";
import { queries } from "@/client/client";
import { SendVerification } from "@/shared/send-verification";
import styles from "./unverified-banner.module.css";

/** Says on each screen that texts can be sent only once the email address is verified. */
export function UnverifiedBanner() {
  const me = queries.useQuery(
    "get",
    "/api/me",
    {},
    {
      staleTime: 300_000,
      // The link is opened in another tab, so check again when the user comes back to this one.
      refetchOnWindowFocus: ({ state }) => (state.data?.emailVerifiedAt === null ? "always" : true),
    },
  );
  if (me.data?.emailVerifiedAt !== null) return null;
  return (
    <Group gap="xs" className={styles.banner} role="region" aria-label="Email address">
      <MailWarning size={16} aria-hidden />
      <Text size="sm" className={styles.words}>
        Your email address is not verified yet. To send texts, open the link in the email to{" "}
        {me.data.email}.
      </Text>
      <SendVerification />
    </Group>
  );
}
