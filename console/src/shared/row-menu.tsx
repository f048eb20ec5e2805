import { ActionIcon, Menu } from "@mantine/core";
import { Ellipsis } from "lucide-react";
import type { ReactNode } from "react";

interface Props {
  /** The object of the row, such as a name. */
  of: string;
  /** The items, as `Menu.Item`. */
  children: ReactNode;
}

/** The menu with the less frequent actions of a row. */
export function RowMenu({ of, children }: Props) {
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={32} aria-label={`Actions for ${of}`}>
          <Ellipsis size={18} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>{children}</Menu.Dropdown>
    </Menu>
  );
}
