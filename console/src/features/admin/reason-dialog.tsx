import { Button, Group, Modal, Stack, Text, Textarea } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner, fieldsOf, showFieldErrors } from "@/shared/form";

const LONGEST = 300;

interface Props<Result> {
  title: string;
  /** The text of the dialog: what the action changes, and which user or organisation it affects. */
  children: ReactNode;
  /** The name of the action, such as `Suspend Acme`. */
  confirmLabel: string;
  isDestructive?: boolean;
  /**
   * Performs the action. The headers have an idempotency key, so that it is performed only once.
   */
  act: (reason: string, headers: { "Idempotency-Key": string }) => Promise<Result>;
  onDone: (result: Result) => void;
  onClose: () => void;
}

/**
 * Asks for the reason before an action on somebody else's account. The reason is recorded in the
 * audit log.
 */
export function ReasonDialog<Result>(props: Props<Result>) {
  const { title, children, confirmLabel, act, onDone, onClose } = props;
  const intent = useIntent();
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { reason: "" },
    validate: { reason: (value) => (value.trim() ? null : "Write the reason.") },
  });
  const doing = useMutation({
    mutationFn: async (reason: string) => act(reason, intent.headers(reason)),
    onSuccess: (result) => {
      intent.done();
      onDone(result);
    },
    onError: (error) => showFieldErrors(form, asProblem(error)),
  });
  const doOnce = useSingle(doing);
  return (
    <Modal opened onClose={onClose} title={title}>
      <form noValidate onSubmit={form.onSubmit(({ reason }) => doOnce(reason.trim()))}>
        <Stack gap="md">
          <Text component="div" size="sm">
            {children}
          </Text>
          <FormBanner
            problem={doing.error ? asProblem(doing.error) : null}
            fields={fieldsOf(form)}
          />
          <Textarea
            label="Reason"
            description="It is recorded in the audit log."
            autosize
            minRows={2}
            maxLength={LONGEST}
            data-autofocus
            key={form.key("reason")}
            {...form.getInputProps("reason")}
          />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              color={props.isDestructive ? "red" : undefined}
              loading={doing.isPending}
            >
              {confirmLabel}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
