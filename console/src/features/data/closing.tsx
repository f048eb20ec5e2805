import { Button, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { queries } from "@/client/client";
import { useUser } from "@/client/use-session";
import { CloseDialog } from "./close-dialog";

const TITLE = "Close the organisation";

/** What closing means, and the button for it. Only owners see it. */
export function Closing() {
  const [isAsking, asking] = useDisclosure(false);
  const organisation = queries.useQuery("get", "/api/org");
  if (!useUser().roles.includes("owner")) return null;
  return (
    <Stack gap="md" maw={560} component="section" aria-label={TITLE}>
      <div>
        <Title order={2}>{TITLE}</Title>
        <Text size="sm" c="dimmed">
          Use up or withdraw your balance first. The ledger is kept, everything else is deleted some
          weeks later.
        </Text>
      </div>
      <Button variant="outline" color="red" onClick={asking.open} style={{ alignSelf: "start" }}>
        Close the organisation
      </Button>
      {isAsking && organisation.data && (
        <CloseDialog name={organisation.data.name} onClose={asking.close} />
      )}
    </Stack>
  );
}
