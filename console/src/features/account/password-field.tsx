import { PasswordInput, type PasswordInputProps } from "@mantine/core";

/** The field for the current password, which changes of the account ask for. */
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
