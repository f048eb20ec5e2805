import { Button, Stack } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useUser } from "@/client/use-session";
import { ManagersOnly } from "@/shared/managers-only";
import { Screen } from "@/shared/screen";
import { Invitations } from "./invitations";
import { InviteDialog } from "./invite-dialog";
import { Members } from "./members";
import { RequiredSecondFactor } from "./required-second-factor";

/** The members of the organisation, and the open invitations. */
export function TeamPage() {
  return (
    <ManagersOnly title="Team">
      <Team />
    </ManagersOnly>
  );
}

function Team() {
  const user = useUser();
  const [isInviting, inviting] = useDisclosure(false);
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
