import { Anchor, Group } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Redirect } from "@/shared/redirect";
import { Entrance } from "./entrance";
import { SignInForm } from "./sign-in-form";
import { useKnownSession } from "./use-known-session";

const route = getRouteApi("/sign-in");

/** The sign-in page. A user who already has a session is redirected at once. */
export function SignInPage() {
  const { next } = route.useSearch();
  const session = useKnownSession();
  if (session.status === "signed_in") return <Redirect href={next ?? "/"} />;
  return (
    <Entrance title="Sign in">
      <SignInForm />
      <Group justify="space-between">
        <Anchor component={Link} to="/sign-up" size="sm">
          Create an account
        </Anchor>
        <Anchor component={Link} to="/forgot-password" size="sm">
          Forgot your password?
        </Anchor>
      </Group>
    </Entrance>
  );
}
