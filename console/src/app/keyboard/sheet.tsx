import { Kbd, Modal, Stack, Switch, Text, Title } from "@mantine/core";
import { useState } from "react";
import { areShortcutsOn, setShortcuts } from "@/shared/shortcuts";
import styles from "./keyboard.module.css";

const MAC = /mac/i.test(navigator.userAgent);
const GROUPS = [
  {
    title: "Everywhere",
    keys: [
      [`${MAC ? "⌘" : "Ctrl"} K`, "Go to a screen, a contact or a campaign"],
      ["/", "Search on this screen"],
      ["?", "Show these keys"],
    ],
  },
  {
    title: "Lists",
    keys: [
      ["J", "Next row"],
      ["K", "Previous row"],
      ["X", "Choose the row"],
      ["Enter", "Open the row"],
    ],
  },
  {
    title: "Conversations",
    keys: [
      ["J", "Next conversation"],
      ["K", "Previous conversation"],
      ["R", "Write a reply"],
      ["E", "Archive"],
      ["U", "Mark as unread"],
      ["Esc", "Leave the text box"],
      [`${MAC ? "⌘" : "Ctrl"} Enter`, "Send the reply"],
    ],
  },
] as const;

/** The list of keys, and the switch that turns shortcuts of a single key off. */
export function Sheet({ onClose }: { onClose: () => void }) {
  const [isOn, setOn] = useState(areShortcutsOn);
  return (
    <Modal opened onClose={onClose} title="Keys" size="lg">
      <Stack gap="lg">
        <Switch
          label="Use shortcuts of a single key"
          description="Turn this off if the shortcuts disturb you, for example with dictation. The palette still works."
          checked={isOn}
          onChange={(event) => {
            setOn(event.currentTarget.checked);
            setShortcuts(event.currentTarget.checked);
          }}
        />
        <div className={styles.groups}>
          {GROUPS.map(({ title, keys }) => (
            <section key={title}>
              <Title order={3} mb={4}>
                {title}
              </Title>
              <dl className={styles.keys}>
                {keys.map(([key, what]) => (
                  <div key={what}>
                    <dt>
                      <Kbd>{key}</Kbd>
                    </dt>
                    <dd>
                      <Text size="sm">{what}</Text>
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      </Stack>
    </Modal>
  );
}
