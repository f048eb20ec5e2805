import { Alert, Anchor, Button, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { publicApi } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { DeadVerificationLink } from "./dead-verification-link";
import { Entrance } from "./entrance";
import { useLinkToken } from "./link-token";

const route = getRouteApi("/verify");

/**
 * Verify an email address. The user must press a button, because programs that check mails for
 * malware open every link.
 */
export function VerifyPage() {
  const token = useLinkToken(route.useSearch().token);
  const verify = useMutation({
    mutationFn: async (value: string) =>
      publicApi.POST("/api/auth/verify", { body: { token: value } }),
  });
  const isDead = verify.error !== null && asProblem(verify.error).code === "bad_token";
  return (
    <Entrance title="Verify your email address">
      {token === undefined ? (
        <Alert color="orange">This link is incomplete. Open the link in the email again.</Alert>
      ) : verify.isSuccess ? (
        <Text>Your email address is verified.</Text>
      ) : isDead ? (
        <>
          <FormBanner problem={asProblem(verify.error)} />
          <DeadVerificationLink />
        </>
      ) : (
        <>
          <FormBanner problem={verify.error ? asProblem(verify.error) : null} />
          <Button onClick={() => verify.mutate(token)} loading={verify.isPending} fullWidth>
            Verify the address
          </Button>
        </>
      )}
      <Anchor component={Link} to="/" size="sm">
        Go to the dashboard
      </Anchor>
    </Entrance>
  );
}
