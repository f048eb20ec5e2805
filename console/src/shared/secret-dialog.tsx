import { Modal } from "@mantine/core";
import { ShownOnce } from "./shown-once";

interface Props {
  title: string;
  secret: string;
  /** The text that says what the secret is, and where to store it. */
  children: string;
  onClose: () => void;
}

/** A secret, shown this once. The dialog is closed only with its button. */
export function SecretDialog({ title, secret, children, onClose }: Props) {
  return (
    <Modal
      opened
      onClose={onClose}
      closeOnClickOutside={false}
      closeOnEscape={false}
      withCloseButton={false}
      title={title}
    >
      <ShownOnce secret={secret} onDone={onClose}>
        {children}
      </ShownOnce>
    </Modal>
  );
}
