import { Alert, Button, Group, Text } from "@mantine/core";
import { UserRound } from "lucide-react";
import { signOut } from "@/client/session";
import { ButtonLink } from "@/shared/links";

/**
 * Shown when a signed-in user opens an invitation: joining creates another account, so they must
 * sign out first.
 */
export function OtherAccount({ email }: { email: string }) {
  return (
    <Alert color="orange" icon={<UserRound aria-hidden />} title={`You are signed in as ${email}`}>
      <Text size="sm" mb="sm">
        Joining creates another account. To go on, sign out of this one.
      </Text>
      <Group gap="xs">
        <Button size="xs" onClick={() => void signOut()}>
          Sign out and go on
        </Button>
        <ButtonLink to="/" size="xs" variant="default">
          Stay signed in
        </ButtonLink>
      </Group>
    </Alert>
  );
}
