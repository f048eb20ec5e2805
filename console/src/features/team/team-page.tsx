import { Alert, Button, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { Lock } from "lucide-react";
import { useUser } from "@/client/use-session";
import { Screen } from "@/shared/screen";
import { Invitations } from "./invitations";
import { InviteDialog } from "./invite-dialog";
import { Members } from "./members";
import { RequiredSecondFactor } from "./required-second-factor";

/** The members of the organisation, and the open invitations. */
export function TeamPage() {
  const user = useUser();
  const [isInviting, inviting] = useDisclosure(false);
  if (!user.roles.some((role) => role === "owner" || role === "admin")) {
    return (
      <Screen title="Team">
        <Alert color="gray" icon={<Lock aria-hidden />} title="Only owners and admins see this">
          Ask an owner of your organisation if you need to invite somebody.
        </Alert>
      </Screen>
    );
  }
  return (
    <Screen title="Team" actions={<Button onClick={inviting.open}>Invite somebody</Button>}>
      <Stack gap="xl">
        <Members ownId={user.id} />
        <Invitations />
        <RequiredSecondFactor />
      </Stack>
      {isInviting && <InviteDialog onClose={inviting.close} />}
    </Screen>
  );
}
