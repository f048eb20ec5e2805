import { Alert, Button, Text } from "@mantine/core";
import { FlaskConical } from "lucide-react";
import type { ReactNode } from "react";
import { switchMode } from "@/client/mode";

/** Says that something exists in live mode only, and offers to switch. */
export function NotInTestMode({ children }: { children: ReactNode }) {
  return (
    <Alert color="gray" icon={<FlaskConical aria-hidden />} title="Not in test mode" maw={560}>
      <Text size="sm" mb="sm">
        {children}
      </Text>
      <Button variant="default" onClick={switchMode}>
        Switch to live mode
      </Button>
    </Alert>
  );
}
