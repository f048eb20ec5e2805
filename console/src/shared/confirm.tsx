import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Problem } from "@/client/problem";
import { FormBanner } from "./form";

interface Props {
  isOpen: boolean;
  onClose: () => void;
  /** The question with the count of affected things, such as `Delete 3 contacts?` */
  title: string;
  children: ReactNode;
  /** The text of the button, such as `Delete 3 contacts`. */
  confirmLabel: string;
  onConfirm: () => void;
  isBusy: boolean;
  problem: Problem | null;
  /** The fields in the dialog that show their own errors. */
  fields?: readonly string[];
  isDestructive?: boolean;
  /**
   * The text of the button that closes the dialog. Default: `Cancel`, which is unclear if the
   * action itself cancels something.
   */
  dismissal?: string;
  /** Whether everything that the dialog asks for has been entered. */
  isReady?: boolean;
}

/** A dialog before an action that can't be undone. At first Cancel has the focus. */
export function Confirm(props: Props) {
  const { isOpen, onClose, title, children, confirmLabel, onConfirm, isBusy, problem } = props;
  return (
    <Modal opened={isOpen} onClose={onClose} title={title}>
      <Stack gap="md">
        <Text component="div" size="sm">
          {children}
        </Text>
        <FormBanner problem={problem} fields={props.fields} />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            {props.dismissal ?? "Cancel"}
          </Button>
          <Button
            color={props.isDestructive ? "red" : undefined}
            loading={isBusy}
            disabled={props.isReady === false}
            onClick={onConfirm}
          >
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
