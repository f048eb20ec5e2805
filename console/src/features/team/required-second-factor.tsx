import { Button, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { Confirm } from "@/shared/confirm";
import { TextLink } from "@/shared/links";
import { Failing, LoadingRows } from "@/shared/states";

/** The setting whether all members must use two-step sign-in. */
export function RequiredSecondFactor() {
  const [isOpen, dialog] = useDisclosure(false);
  const organisation = queries.useQuery("get", "/api/org");
  const isRequired = organisation.data?.secondFactorRequired;
  return (
    <Stack gap="xs" maw={560} align="flex-start">
      <Title order={2}>Two-step sign-in</Title>
      {isRequired === undefined ? (
        organisation.error ? (
          <Failing
            problem={asProblem(organisation.error)}
            onRetry={() => void organisation.refetch()}
          />
        ) : (
          <LoadingRows rows={1} />
        )
      ) : (
        <>
          <Text size="sm">
            {isRequired
              ? "Everybody in the organisation needs a code in addition to the password."
              : "Members choose by themselves whether they need a code in addition to the password."}
          </Text>
          <Button variant="default" onClick={dialog.open}>
            {isRequired ? "Leave it to the members" : "Require it of everybody"}
          </Button>
          {isOpen && <Change isRequired={isRequired} onClose={dialog.close} />}
        </>
      )}
    </Stack>
  );
}

function Change({ isRequired, onClose }: { isRequired: boolean; onClose: () => void }) {
  const cache = useQueryClient();
  const change = useMutation({
    mutationFn: async () => api.PATCH("/api/org", { body: { secondFactorRequired: !isRequired } }),
    onSuccess: () => {
      void cache.invalidateQueries({ queryKey: ["get", "/api/org"] });
      void cache.invalidateQueries({ queryKey: ["get", "/api/me/second-factor"] });
      notifications.show({
        message: isRequired
          ? "Members choose by themselves now."
          : "Everybody needs two-step sign-in now.",
      });
      onClose();
    },
  });
  return (
    <Confirm
      isOpen
      onClose={onClose}
      title={isRequired ? "Leave it to the members?" : "Require two-step sign-in of everybody?"}
      confirmLabel={isRequired ? "Leave it to the members" : "Require it of everybody"}
      isBusy={change.isPending}
      problem={change.error ? asProblem(change.error) : null}
      onConfirm={() => change.mutate()}
    >
      {isRequired ? (
        "Members can then turn their two-step sign-in off."
      ) : (
        <>
          Members without two-step sign-in can then do nothing else until they turn it on. Turn it
          on for your own account first:{" "}
          <TextLink to="/settings/account" size="sm">
            your account
          </TextLink>
          .
        </>
      )}
    </Confirm>
  );
}
