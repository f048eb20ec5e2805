import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { useDraft } from "@/shared/drafts";
import { TextLink } from "@/shared/links";
import { Phone } from "@/shared/phone";

/** Send the text to one number, as a recipient would get it. */
export function TestToMyself({ campaignId }: { campaignId: string }) {
  const profile = queries.useQuery("get", "/api/me");
  const [typed, setTyped] = useDraft<string | null>("test-number", null);
  const to = typed ?? profile.data?.phone ?? "";
  const test = useTest(campaignId);
  const testOnce = useSingle(test);
  return (
    <Stack gap={4}>
      <Group gap="xs" align="flex-end">
        <TextInput
          label="Send a test to yourself"
          placeholder="Your phone number"
          autoComplete="tel"
          value={to}
          onChange={(event) => setTyped(event.currentTarget.value)}
          error={test.error ? asProblem(test.error).message : undefined}
        />
        <Button
          variant="default"
          loading={test.isPending}
          disabled={to.trim() === ""}
          onClick={() => testOnce(to)}
        >
          Send the test
        </Button>
      </Group>
      <Text size="xs" c="dimmed" role="status">
        {test.data ? (
          <>
            The test to <Phone number={test.data.to} /> is on its way.{" "}
            <TextLink
              to="/messages/$messageId"
              params={{ messageId: test.data.id }}
              size="xs"
              underline="always"
            >
              Follow it
            </TextLink>
          </>
        ) : (
          "It costs as much as any message, and is not counted in the campaign."
        )}
      </Text>
    </Stack>
  );
}

function useTest(campaignId: string) {
  const intent = useIntent();
  const cache = useQueryClient();
  return useMutation({
    mutationFn: async (to: string) => {
      const params = { path: { id: campaignId } };
      const body = { to };
      const headers = intent.headers(body);
      return (await api.POST("/api/campaigns/{id}/test", { params, headers, body })).data;
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries({ queryKey: ["get", "/api/billing/balance"] });
    },
  });
}
