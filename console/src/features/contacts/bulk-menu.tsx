import type { BulkActionInput } from "@generated/api";
import { Button, Menu } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { formatCount } from "@/shared/number";
import { BULK } from "./words";

const ACTIONS = Object.keys(BULK) as BulkActionInput[];

interface Props {
  /** The count of matching contacts. */
  total: number | undefined;
  isExact: boolean;
  onChoose: (action: BulkActionInput) => void;
}

/** The menu of changes for all contacts that match the filters. */
export function BulkMenu({ total, isExact, onChoose }: Props) {
  const count = total === undefined ? "" : ` ${formatCount(total)}${isExact ? "" : "+"}`;
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          variant="default"
          disabled={!total}
          rightSection={<ChevronDown size={16} aria-hidden />}
        >
          {`Change all${count}`}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {ACTIONS.map((action) => (
          <Menu.Item
            key={action}
            c={BULK[action].isDestructive ? "var(--mantine-color-error)" : undefined}
            onClick={() => onChoose(action)}
          >
            {BULK[action].label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
