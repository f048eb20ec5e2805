import { Button, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { api } from "@/client/client";
import { useIntent } from "@/client/intent";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";

/** A button that sends the alert to oneself, to see how it looks and that it arrives. */
export function AlertTest() {
  const intent = useIntent();
  const test = useMutation({
    mutationFn: async (_: null) =>
      (await api.POST("/api/billing/settings/test", { headers: intent.headers("test") })).data,
    onSuccess: () => intent.done(),
  });
  const testOnce = useSingle(test);
  return (
    <Stack gap="xs">
      <Group gap="sm">
        <Button variant="default" size="xs" loading={test.isPending} onClick={() => testOnce(null)}>
          Email me a test
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {test.data
            ? `Sent to ${test.data.sentTo}. Look in the spam folder too.`
            : "It goes to your own address only, with the present figures."}
        </Text>
      </Group>
      <FormBanner problem={test.error ? asProblem(test.error) : null} />
    </Stack>
  );
}
