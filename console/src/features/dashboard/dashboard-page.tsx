import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useUser } from "@/client/use-session";
import { Screen } from "@/shared/screen";

/** The first screen after the sign-in. */
export function DashboardPage() {
  const user = useUser();
  return (
    <Screen title="Dashboard" description={`Signed in as ${user.name}`}>
      <Text>
        <Anchor component={Link} to="/send">
          Send a text
        </Anchor>
      </Text>
    </Screen>
  );
}
