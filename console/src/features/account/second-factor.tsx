import type { SecondFactor as State } from "@generated/api";
import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { Check, CircleDashed, TriangleAlert } from "lucide-react";
import { useState } from "react";
import { Loaded } from "@/shared/loaded";
import { counted } from "@/shared/number";
import { Badge } from "@/shared/status-badge";
import { RelativeTime } from "@/shared/time";
import { EnrolDialog } from "./enrol-dialog";
import { useSecondFactor } from "./queries";
import { NewRecoveryCodes, TurnOff } from "./second-factor-actions";

/** With so few recovery codes left, the page suggests making new ones. */
const FEW = 3;

type Dialog = "enrol" | "turn_off" | "codes";

/** Two-step sign-in: a code from an app, in addition to the password. */
export function SecondFactor() {
  const factor = useSecondFactor();
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = () => setDialog(null);
  return (
    <Stack gap="xs" maw={560}>
      <Title order={2} id="two-step">
        Two-step sign-in
      </Title>
      <Loaded query={factor} rows={2}>
        {(state) => <Summary factor={state} onOpen={setDialog} />}
      </Loaded>
      {dialog === "enrol" && <EnrolDialog onClose={close} />}
      {dialog === "turn_off" && (
        <TurnOff isRequired={factor.data?.isRequired ?? false} onClose={close} />
      )}
      {dialog === "codes" && <NewRecoveryCodes onClose={close} />}
    </Stack>
  );
}

function Summary({ factor, onOpen }: { factor: State; onOpen: (dialog: Dialog) => void }) {
  if (!factor.isOn) {
    return (
      <Stack gap="sm" align="flex-start">
        {factor.isRequired ? (
          <Alert
            color="orange"
            icon={<TriangleAlert aria-hidden />}
            title="You need two-step sign-in to continue"
          >
            Your organisation requires two-step sign-in. Until you turn it on, you can't do anything
            else here.
          </Alert>
        ) : (
          <Badge tone="sending" icon={CircleDashed}>
            Off
          </Badge>
        )}
        <Text size="sm" c="dimmed">
          Signing in then needs a code from an app on your phone, in addition to your password. A
          stolen password alone is not enough.
        </Text>
        <Button onClick={() => onOpen("enrol")}>Turn on two-step sign-in</Button>
      </Stack>
    );
  }
  return (
    <Stack gap="sm" align="flex-start">
      <Group gap="xs">
        <Badge tone="delivered" icon={Check}>
          On
        </Badge>
        {factor.turnedOnAt && (
          <Text size="sm" c="dimmed" component="span">
            since <RelativeTime at={factor.turnedOnAt} />
          </Text>
        )}
      </Group>
      <CodesLeft count={factor.recoveryCodesLeft} />
      <Group gap="xs">
        <Button variant="default" onClick={() => onOpen("codes")}>
          New recovery codes
        </Button>
        <Button variant="subtle" color="red" onClick={() => onOpen("turn_off")}>
          Turn off
        </Button>
      </Group>
    </Stack>
  );
}

function CodesLeft({ count }: { count: number }) {
  const left = `${counted(count, "recovery code")} left.`;
  if (count > FEW) {
    return (
      <Text size="sm" c="dimmed">
        {left} Each signs you in once if you don't have your phone.
      </Text>
    );
  }
  return (
    <Alert color="orange" icon={<TriangleAlert aria-hidden />}>
      {left} Without your phone and without a code, only an owner of your organisation can let you
      in again. Make new codes.
    </Alert>
  );
}
