import { Stack } from "@mantine/core";
import { Screen } from "@/shared/screen";
import { ChangePassword } from "./change-password";
import { Sessions } from "./sessions";

/** One's own account: the password, and where one is signed in. */
export function AccountPage() {
  return (
    <Screen title="Account">
      <Stack gap="xl">
        <ChangePassword />
        <Sessions />
      </Stack>
    </Screen>
  );
}
