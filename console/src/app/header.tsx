import { Menu, Text, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CircleUser } from "lucide-react";
import { queries } from "@/client/client";
import { isTestMode } from "@/client/mode";
import { signOut } from "@/client/session";
import { useLive } from "@/client/use-live";
import { useUser } from "@/client/use-session";
import { NotificationBell } from "@/features/notifications/bell";
import { TextLink } from "@/shared/links";
import { Money } from "@/shared/money";
import { Age } from "@/shared/time";
import styles from "./header.module.css";
import { ModeMenu } from "./mode-menu";

/**
 * The bar above each screen: the organisation, the balance and how old it is, and the account menu.
 */
export function Header() {
  return (
    <header className={styles.header}>
      <ModeMenu />
      <div className={styles.right}>
        <LiveMark />
        <BalanceLink />
        <NotificationBell />
        <AccountMenu />
      </div>
    </header>
  );
}

const LIVE = {
  connecting: "Connecting",
  // In test mode "Live" alone could be read as the other mode.
  live: isTestMode ? "Live updates" : "Live",
  reconnecting: "Reconnecting",
};

/** Shows whether the page is updated live, or (re)connecting. */
function LiveMark() {
  const state = useLive();
  return (
    <Text size="xs" c="dimmed" component="span" role="status" className={styles.live}>
      <span className={styles.dot} data-state={state} aria-hidden />
      <span className={styles.word}>{LIVE[state]}</span>
    </Text>
  );
}

function BalanceLink() {
  const balance = queries.useQuery("get", "/api/billing/balance", {}, { staleTime: 30_000 });
  return (
    <TextLink to="/billing" size="sm" className={styles.balance} c="inherit">
      <span className={styles.word}>Balance </span>
      {balance.data ? (
        <Money cents={balance.data.balanceCents} currency={balance.data.currency} />
      ) : (
        "–"
      )}
      {balance.dataUpdatedAt > 0 && <Age at={balance.dataUpdatedAt} />}
    </TextLink>
  );
}

function AccountMenu() {
  const user = useUser();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton className={styles.account} aria-label={`Account of ${user.name}`}>
          <CircleUser size={20} aria-hidden />
          <span className={styles.word}>{user.name}</span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{user.email}</Menu.Label>
        <Menu.Item component={Link} to="/settings/account">
          Account and sessions
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>Colours</Menu.Label>
        {(["auto", "light", "dark"] as const).map((scheme) => (
          <Menu.Item
            key={scheme}
            onClick={() => setColorScheme(scheme)}
            aria-current={colorScheme === scheme}
            fw={colorScheme === scheme ? 600 : undefined}
          >
            {{ auto: "As the system", light: "Light", dark: "Dark" }[scheme]}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
