import { Modal } from "@mantine/core";
import { ShownOnce } from "@/shared/shown-once";

interface Props {
  title: string;
  secret: string;
  onClose: () => void;
}

/** The secret that verifies calls, shown this once. */
export function ShowSecret({ title, secret, onClose }: Props) {
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
        Your server verifies with it that a call is from us. This is the only time that you see it.
        Store it where your secrets are.
      </ShownOnce>
    </Modal>
  );
}
