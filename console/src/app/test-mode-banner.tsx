import { Anchor, Button, Modal, Table, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { FlaskConical } from "lucide-react";
import { isTestMode, switchMode } from "@/client/mode";
import { MAGIC_NUMBERS } from "@/shared/magic-numbers";
import { formatPhone } from "@/shared/phone";
import styles from "./test-mode-banner.module.css";

/** Says on each screen that this tab is in test mode, and which recipients stand for an outcome. */
export function TestModeBanner() {
  const [isOpen, numbers] = useDisclosure(false);
  if (!isTestMode) return null;
  return (
    <section className={styles.banner} aria-label="Test mode">
      <FlaskConical size={16} aria-hidden />
      <Text size="sm" className={styles.words}>
        <b>Test mode:</b> nothing is sent and nothing is charged.{" "}
        <Anchor
          component="button"
          type="button"
          inherit
          c="inherit"
          underline="always"
          onClick={numbers.open}
        >
          Test numbers
        </Anchor>
      </Text>
      <Button size="compact-sm" variant="default" onClick={switchMode}>
        Back to live mode
      </Button>
      <Modal opened={isOpen} onClose={numbers.close} title="Test numbers" size="lg">
        <Text size="sm" mb="sm">
          In test mode the recipient decides what becomes of a text. Each step takes about a second.
        </Text>
        <Table aria-label="Test numbers">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Recipient</Table.Th>
              <Table.Th>What happens</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {MAGIC_NUMBERS.map(({ number, outcome }) => (
              <Table.Tr key={number}>
                <Table.Td className={styles.number}>{formatPhone(number)}</Table.Td>
                <Table.Td>{outcome}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Modal>
    </section>
  );
}
