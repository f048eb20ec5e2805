import { PasswordInput, type PasswordInputProps } from "@mantine/core";

/** The present password, which a deed on the account asks for again. */
export function CurrentPassword(props: PasswordInputProps) {
  return (
    <PasswordInput
      label="Your password"
      autoComplete="current-password"
      visibilityToggleButtonProps={{ "aria-label": "Show the password", tabIndex: 0 }}
      {...props}
    />
  );
}
