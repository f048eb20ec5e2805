import { Button } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { isTestMode } from "@/client/mode";
import { isManager } from "@/client/roles";
import { useUser } from "@/client/use-session";
import { ButtonLink } from "@/shared/links";
import { TransferDialog } from "./transfer-dialog";

/** What owners and admins can do about balances, besides adding funds. */
export function BillingActions() {
  const [isMoving, moving] = useDisclosure(false);
  if (!isManager(useUser())) return null;
  return (
    <>
      {!isTestMode && (
        <Button variant="default" onClick={moving.open}>
          Move money
        </Button>
      )}
      <ButtonLink to="/billing/settings" variant="default">
        Alerts and limits
      </ButtonLink>
      {isMoving && <TransferDialog onClose={moving.close} />}
    </>
  );
}
