import type { AdminOrganisation } from "@generated/api";
import { Button, Group, Modal, NumberInput, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { asProblem } from "@/client/problem";
import { FormBanner } from "@/shared/form";
import { Loaded } from "@/shared/loaded";
import { counted } from "@/shared/number";

interface Props {
  organisation: AdminOrganisation;
  onClose: () => void;
}

/** How many phone numbers an organisation may have. */
export function NumberLimitDialog({ organisation, onClose }: Props) {
  const params = { path: { orgId: organisation.id } };
  const limit = queries.useQuery("get", "/api/admin/twilio/subaccounts/{orgId}/number-limit", {
    params,
  });
  const cache = useQueryClient();
  const [most, setMost] = useState<number | string | undefined>();
  const set = useMutation({
    mutationFn: async (maxNumbers: number | undefined) =>
      api.PUT("/api/admin/twilio/subaccounts/{orgId}/number-limit", {
        params,
        body: { maxNumbers },
      }),
    onSuccess: () => {
      const queryKey = ["get", "/api/admin/twilio/subaccounts/{orgId}/number-limit"];
      void cache.invalidateQueries({ queryKey });
      notifications.show({ message: `The limit of ${organisation.name} is changed.` });
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={`Limit of phone numbers of ${organisation.name}`}>
      <Loaded query={limit} rows={3}>
        {(known) => (
          <Stack gap="md">
            <Text size="sm">
              It has {counted(known.numbers, "number")}, also counting those that it is buying.
              {known.isSet
                ? " An operator has set the limit."
                : " The limit is the default one, which rises with the first payment."}
            </Text>
            <FormBanner problem={set.error ? asProblem(set.error) : null} />
            <NumberInput
              label="Maximum phone numbers"
              description="If the new limit is lower, the organisation keeps its numbers."
              min={0}
              max={1_000}
              allowDecimal={false}
              data-autofocus
              value={most ?? known.maxNumbers}
              onChange={setMost}
            />
            <Group justify="flex-end" gap="xs">
              {known.isSet && (
                <Button
                  variant="subtle"
                  onClick={() => set.mutate(undefined)}
                  disabled={set.isPending}
                >
                  Back to the default
                </Button>
              )}
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button
                loading={set.isPending}
                disabled={most === undefined || most === ""}
                onClick={() => set.mutate(Number(most))}
              >
                Set the limit
              </Button>
            </Group>
          </Stack>
        )}
      </Loaded>
    </Modal>
  );
}
