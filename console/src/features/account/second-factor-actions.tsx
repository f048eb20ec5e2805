import { Button, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { notifications } from "@mantine/notifications";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { RecoveryCodes } from "./enrol-dialog";
import { CurrentPassword } from "./password-field";
import { useFreshSecondFactor } from "./queries";

interface Proof {
  password: string;
  code: string;
}

interface TurnOffProps {
  isRequired: boolean;
  onClose: () => void;
}

/** The dialog that turns the user's two-step sign-in off. */
export function TurnOff({ isRequired, onClose }: TurnOffProps) {
  const refresh = useFreshSecondFactor();
  return (
    <Modal opened onClose={onClose} title="Turn off two-step sign-in?">
      <ProofForm
        confirmLabel="Turn it off"
        isDestructive
        act={async (body) => api.POST("/api/me/second-factor/turn-off", { body })}
        onDone={() => {
          refresh();
          notifications.show({ message: "Two-step sign-in is off." });
          onClose();
        }}
        onClose={onClose}
      >
        {isRequired
          ? "Your organisation requires two-step sign-in. If you turn it off, you can do nothing here until you turn it on again. Your recovery codes stop working."
          : "After that, your password alone is enough to sign in. Your recovery codes stop working."}
      </ProofForm>
    </Modal>
  );
}

/** The dialog that replaces the recovery codes, and shows the new ones once. */
export function NewRecoveryCodes({ onClose }: { onClose: () => void }) {
  const [codes, setCodes] = useState<string[] | null>(null);
  const refresh = useFreshSecondFactor();
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={codes === null}
      closeOnEscape={codes === null}
      withCloseButton={codes === null}
      title="New recovery codes"
    >
      {codes ? (
        <RecoveryCodes codes={codes} onDone={onClose} />
      ) : (
        <ProofForm
          confirmLabel="Make new codes"
          act={async (body) =>
            (await api.POST("/api/me/second-factor/recovery-codes", { body })).data
          }
          onDone={(answer) => {
            refresh();
            if (answer) setCodes(answer.codes);
          }}
          onClose={onClose}
        >
          You get ten new codes. The old ones stop working.
        </ProofForm>
      )}
    </Modal>
  );
}

interface ProofFormProps<Result> {
  children: string;
  confirmLabel: string;
  isDestructive?: boolean;
  act: (proof: Proof) => Promise<Result>;
  onDone: (result: Result) => void;
  onClose: () => void;
}

/** A form that asks for the password and a code before a change. */
function ProofForm<Result>(props: ProofFormProps<Result>) {
  const form = useForm({ mode: "uncontrolled", initialValues: { password: "", code: "" } });
  const doing = useMutation({
    mutationFn: props.act,
    onSuccess: props.onDone,
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => doing.mutate(values))}>
      <Stack gap="md">
        <Text size="sm">{props.children}</Text>
        <FormBanner problem={doing.error ? asProblem(doing.error) : null} fields={fieldsOf(form)} />
        <CurrentPassword
          data-autofocus
          key={form.key("password")}
          {...form.getInputProps("password")}
        />
        <TextInput
          label="Code"
          description="From the app, or a recovery code."
          autoComplete="one-time-code"
          key={form.key("code")}
          {...form.getInputProps("code")}
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={props.onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            color={props.isDestructive ? "red" : undefined}
            loading={doing.isPending}
          >
            {props.confirmLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
