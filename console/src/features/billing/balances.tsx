import { Button, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { queries } from "@/client/client";
import { isManager } from "@/client/roles";
import { useUser } from "@/client/use-session";
import { ButtonLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { counted } from "@/shared/number";
import { TransferDialog } from "./transfer-dialog";

/**
 * Whose balance pays, the sum of all balances, how long it will last, and what managers can change.
 */
export function Balances() {
  const balance = queries.useQuery("get", "/api/billing/balance");
  const dashboard = queries.useQuery("get", "/api/dashboard", {}, { staleTime: 60_000 });
  const [isMoving, moving] = useDisclosure(false);
  const canManage = isManager(useUser());
  const daysLeft = dashboard.data?.balance?.daysLeft ?? null;
  const data = balance.data;
  return (
    <Group justify="space-between" align="flex-end" gap="sm">
      <Text size="sm" c="dimmed" className="figures">
        {data &&
          (data.payer === "organisation"
            ? "All members pay from the organisation's balance. "
            : "You pay from a balance of your own. ")}
        {data &&
          data.totalBalanceCents !== data.balanceCents &&
          `All balances together: ${formatMoney(data.totalBalanceCents, data.currency)}. `}
        {daysLeft !== null && `Lasts ${counted(daysLeft, "day")} at the pace of the last week.`}
      </Text>
      {canManage && (
        <Group gap="xs">
          <Button variant="default" onClick={moving.open}>
            Move money
          </Button>
          <ButtonLink to="/billing/settings" variant="default">
            Alerts and limits
          </ButtonLink>
        </Group>
      )}
      {isMoving && <TransferDialog onClose={moving.close} />}
    </Group>
  );
}
