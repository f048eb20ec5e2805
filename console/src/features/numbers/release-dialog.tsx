import type { PhoneNumber } from "@generated/api";
import { Alert, Button, Checkbox, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { formatPhone, Phone } from "@/shared/phone";

const DIGITS = 4;

interface Props {
  number: PhoneNumber;
  onClose: () => void;
}

/** Release a number, after the user has typed its last four digits. It can't be bought again. */
export function ReleaseDialog({ number, onClose }: Props) {
  const [typed, setTyped] = useState("");
  const [isForced, setForced] = useState(false);
  const release = useRelease(number, onClose);
  const problem = release.error ? asProblem(release.error) : null;
  const isInUse = problem?.code === "number_in_use";
  const isSure = typed === number.phoneNumber.slice(-DIGITS);
  return (
    <Modal opened onClose={onClose} title={`Release ${formatPhone(number.phoneNumber)}?`}>
      <Stack gap="md">
        <FormBanner problem={isInUse ? null : problem} />
        <Text size="sm" component="div">
          <Phone number={number.phoneNumber} /> goes back to the provider. Nobody can text or answer
          you on it any longer, and you can't get it back. No further month is charged; the current
          one is not refunded.
        </Text>
        {isInUse && (
          <Alert color="orange" icon={<TriangleAlert aria-hidden />} role="alert">
            <Stack gap="xs">
              <Text size="sm">{problem.message}</Text>
              <Checkbox
                label="Release it anyway"
                description="Messages of that campaign are then sent from your other numbers. Without another number they fail and are refunded."
                checked={isForced}
                onChange={(event) => setForced(event.currentTarget.checked)}
              />
            </Stack>
          </Alert>
        )}
        <TextInput
          label="Type its last four digits"
          inputMode="numeric"
          autoComplete="off"
          maxLength={DIGITS}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            color="red"
            loading={release.isPending}
            disabled={!isSure || (isInUse && !isForced)}
            onClick={() => release.mutate(isForced)}
          >
            Release the number
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function useRelease(number: PhoneNumber, onDone: () => void) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (force: boolean) => {
      const params = { path: { sid: number.sid } };
      const body = { force };
      const headers = intent.headers(body);
      return (await api.POST("/api/twilio/numbers/{sid}/release", { params, body, headers })).data;
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/twilio/numbers"] });
      notifications.show({ message: `${formatPhone(number.phoneNumber)} was released.` });
      onDone();
    },
  });
}
