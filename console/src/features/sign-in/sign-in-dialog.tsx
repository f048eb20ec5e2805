import { Modal } from "@mantine/core";
import { SignInForm } from "./sign-in-form";

interface Props {
  isOpen: boolean;
  email: string;
}

/** The sign-in of a user whose session ended. It covers the page and can't be closed. */
export function SignInDialog({ isOpen, email }: Props) {
  return (
    <Modal
      opened={isOpen}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title="Your session ended. Sign in to continue."
    >
      <SignInForm email={email} />
    </Modal>
  );
}
