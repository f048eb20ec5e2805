import type { SecondFactorSetup } from "@generated/api";
import { Button, Code, CopyButton, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";
import { ShownOnce } from "@/shared/shown-once";
import styles from "./account.module.css";
import { CurrentPassword } from "./password-field";
import { QrCode } from "./qr-code";
import { useFreshSecondFactor } from "./queries";

/** Turn on two-step sign-in, in steps: password, app, first code, recovery codes. */
export function EnrolDialog({ onClose }: { onClose: () => void }) {
  const [setup, setSetup] = useState<SecondFactorSetup | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const refresh = useFreshSecondFactor();
  const finish = () => {
    refresh();
    onClose();
  };
  const isLocked = codes !== null;
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={setup === null}
      closeOnEscape={!isLocked}
      withCloseButton={!isLocked}
      size="lg"
      title={codes ? "Two-step sign-in is on" : "Turn on two-step sign-in"}
    >
      {codes ? (
        <RecoveryCodes codes={codes} onDone={finish} />
      ) : setup ? (
        <EnterCode setup={setup} onConfirmed={setCodes} onClose={onClose} />
      ) : (
        <EnterPassword onBegun={setSetup} onClose={onClose} />
      )}
    </Modal>
  );
}

interface RecoveryCodesProps {
  codes: string[];
  onDone: () => void;
}

/** The recovery codes, which are shown only once. */
export function RecoveryCodes({ codes, onDone }: RecoveryCodesProps) {
  return (
    <ShownOnce secret={codes.join("\n")} stored="I have stored them" onDone={onDone}>
      These are your recovery codes. Each signs you in once if you don't have your phone. This is
      the only time that you see them: store them where only you find them, not on the phone itself.
    </ShownOnce>
  );
}

interface PasswordProps {
  onBegun: (setup: SecondFactorSetup) => void;
  onClose: () => void;
}

function EnterPassword({ onBegun, onClose }: PasswordProps) {
  const form = useForm({ mode: "uncontrolled", initialValues: { password: "" } });
  const begin = useMutation({
    mutationFn: async (body: { password: string }) =>
      (await api.POST("/api/me/second-factor", { body })).data,
    onSuccess: (setup) => setup && onBegun(setup),
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => begin.mutate(values))}>
      <Stack gap="md">
        <FormBanner problem={begin.error ? asProblem(begin.error) : null} fields={fieldsOf(form)} />
        <Text size="sm">
          You need an authenticator app, such as Aegis, Google Authenticator or the one in your
          password manager.
        </Text>
        <CurrentPassword
          data-autofocus
          key={form.key("password")}
          {...form.getInputProps("password")}
        />
        <Actions confirmLabel="Continue" isBusy={begin.isPending} onClose={onClose} />
      </Stack>
    </form>
  );
}

interface CodeProps {
  setup: SecondFactorSetup;
  onConfirmed: (codes: string[]) => void;
  onClose: () => void;
}

function EnterCode({ setup, onConfirmed, onClose }: CodeProps) {
  const form = useForm({ mode: "uncontrolled", initialValues: { code: "" } });
  const confirm = useMutation({
    mutationFn: async (body: { code: string }) =>
      (await api.POST("/api/me/second-factor/confirm", { body })).data,
    onSuccess: (answer) => answer && onConfirmed(answer.codes),
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => confirm.mutate(values))}>
      <div className={styles.enrol}>
        <QrCode text={setup.uri} label="QR code for the authenticator app" />
        <Stack gap="md">
          <FormBanner
            problem={confirm.error ? asProblem(confirm.error) : null}
            fields={fieldsOf(form)}
          />
          <Text size="sm">1. Scan the code with the app, or type this secret into it:</Text>
          <Secret text={setup.secret} />
          <TextInput
            label="2. Enter the six digits that the app shows"
            inputMode="numeric"
            autoComplete="one-time-code"
            data-autofocus
            key={form.key("code")}
            {...form.getInputProps("code")}
          />
          <Actions confirmLabel="Turn it on" isBusy={confirm.isPending} onClose={onClose} />
        </Stack>
      </div>
    </form>
  );
}

/** The secret in groups of four, which are easier to type. */
function Secret({ text }: { text: string }) {
  return (
    <Group gap="xs">
      <Code className={styles.secret}>{text.match(/.{1,4}/g)?.join(" ")}</Code>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Button size="compact-sm" variant="subtle" onClick={copy}>
            {copied ? "Copied" : "Copy the secret"}
          </Button>
        )}
      </CopyButton>
    </Group>
  );
}

interface ActionsProps {
  confirmLabel: string;
  isBusy: boolean;
  onClose: () => void;
}

function Actions({ confirmLabel, isBusy, onClose }: ActionsProps) {
  return (
    <Group justify="flex-end" gap="xs">
      <Button variant="default" onClick={onClose}>
        Cancel
      </Button>
      <Button type="submit" loading={isBusy}>
        {confirmLabel}
      </Button>
    </Group>
  );
}
