import { Stack, Text } from "@mantine/core";
import { queries } from "@/client/client";
import { TextLink } from "@/shared/links";
import { SendVerification } from "@/shared/send-verification";
import { useKnownSession } from "./use-known-session";

/** What to do after a link that has expired or was used: often the address is verified already. */
export function DeadVerificationLink() {
  const session = useKnownSession();
  if (session.status !== "signed_in") {
    return (
      <Text size="sm">
        If the address is verified already, there is nothing more to do. Otherwise{" "}
        <TextLink to="/sign-in" size="sm">
          sign in
        </TextLink>{" "}
        and send a new link from there.
      </Text>
    );
  }
  return <Verified />;
}

function Verified() {
  const me = queries.useQuery("get", "/api/me", {}, { staleTime: 0 });
  if (me.data === undefined) return null;
  if (me.data.emailVerifiedAt !== null) {
    return <Text size="sm">Your address {me.data.email} is verified already.</Text>;
  }
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm">We can send a new link to {me.data.email}.</Text>
      <SendVerification />
    </Stack>
  );
}
