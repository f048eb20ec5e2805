import { Menu, Text, UnstyledButton } from "@mantine/core";
import { ChevronDown } from "lucide-react";
import { queries } from "@/client/client";
import { isTestMode, switchMode } from "@/client/mode";
import styles from "./header.module.css";

const MODES = [
  { isTest: false, label: "Live mode", says: "Texts are sent and charged." },
  { isTest: true, label: "Test mode", says: "Nothing is sent and nothing is charged." },
];

/** The organisation's name, with the switch between live mode and test mode. */
export function ModeMenu() {
  const organisation = queries.useQuery("get", "/api/org");
  const name = organisation.data?.name ?? (organisation.error ? "Organisation" : " ");
  return (
    <Menu position="bottom-start" width={280}>
      <Menu.Target>
        <UnstyledButton className={styles.organisation} aria-label={`${name}: live or test mode`}>
          <Text fw={600} truncate component="span">
            {name}
          </Text>
          <ChevronDown size={16} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {MODES.map(({ isTest, label, says }) => (
          <Menu.Item
            key={label}
            aria-current={isTest === isTestMode}
            onClick={isTest === isTestMode ? undefined : switchMode}
          >
            <Text size="sm" fw={isTest === isTestMode ? 600 : undefined}>
              {label}
            </Text>
            <Text size="xs" c="dimmed">
              {says}
            </Text>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
