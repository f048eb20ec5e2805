import { Stack } from "@mantine/core";
import { Screen } from "@/shared/screen";
import { ChangeEmail } from "./change-email";
import { ChangePassword } from "./change-password";
import { SecondFactor } from "./second-factor";
import { Sessions } from "./sessions";

/** The user's own account: how they sign in, and their sessions. */
export function AccountPage() {
  return (
    <Screen title="Account">
      <Stack gap="xl">
        <ChangeEmail />
        <ChangePassword />
        <SecondFactor />
        <Sessions />
      </Stack>
    </Screen>
  );
}
