import { Alert, Anchor, Button, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { publicApi } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { Entrance } from "./entrance";
import { useLinkToken } from "./link-token";

const route = getRouteApi("/confirm-email");

/**
 * Confirm a change of the email address, by the link in the mail to the old or the new address. The
 * user must press a button, because programs that check mails for malware open every link.
 */
export function ConfirmEmailPage() {
  const token = useLinkToken(route.useSearch().token);
  const confirm = useMutation({
    mutationFn: async (value: string) =>
      (await publicApi.POST("/api/auth/confirm-email", { body: { token: value } })).data,
  });
  return (
    <Entrance title="Confirm the new email address">
      {token === undefined ? (
        <Alert color="orange">This link is incomplete. Open the link in the email again.</Alert>
      ) : confirm.isSuccess ? (
        <Text>
          {confirm.data?.isComplete
            ? "The email address has changed. Sign in with the new one from now on."
            : "Confirmed. The address changes once the other address has confirmed it too."}
        </Text>
      ) : (
        <>
          <FormBanner problem={confirm.error ? asProblem(confirm.error) : null} />
          <Button onClick={() => confirm.mutate(token)} loading={confirm.isPending} fullWidth>
            Confirm the new address
          </Button>
        </>
      )}
      <Anchor component={Link} to="/" size="sm">
        Go to the dashboard
      </Anchor>
    </Entrance>
  );
}
