import { Stack } from "@mantine/core";
import { isManager } from "@/client/roles";
import { useUser } from "@/client/use-session";
import { Screen } from "@/shared/screen";
import { MessagingServicePart } from "./messaging-service";
import { SendingHours } from "./sending-hours";

/** The settings for sending: the messaging service with its numbers, and the sending hours. */
export function SendingPage() {
  const canChange = isManager(useUser());
  return (
    <Screen
      title="Sending"
      description={canChange ? undefined : "Owners and admins can change these settings."}
    >
      <Stack gap="xl">
        <MessagingServicePart canChange={canChange} />
        <SendingHours canChange={canChange} />
      </Stack>
    </Screen>
  );
}
