import { Modal, Text, TextInput } from "@mantine/core";
import { Search } from "lucide-react";
import { type KeyboardEvent, useId, useState } from "react";
import styles from "./keyboard.module.css";
import { type Option, useOptions } from "./use-options";

interface Props {
  onClose: () => void;
  /** Shows the list of keys. */
  onKeys: () => void;
}

/** The palette: a search box that opens screens, contacts and campaigns, and starts actions. */
export function Palette({ onClose, onKeys }: Props) {
  const [typed, setTyped] = useState("");
  const [at, setAt] = useState(0);
  const list = useId();
  const options = useOptions(typed, onKeys);
  const active = Math.min(at, options.length - 1);
  const choose = (option: Option | undefined) => {
    if (!option) return;
    onClose();
    option.run();
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      setAt((active + step + options.length) % Math.max(options.length, 1));
    } else if (event.key === "Enter" && !event.repeat) {
      event.preventDefault();
      choose(options[active]);
    }
  };
  return (
    <Modal
      opened
      onClose={onClose}
      withCloseButton={false}
      centered={false}
      size="lg"
      padding="xs"
      aria-label="Go to"
    >
      <TextInput
        role="combobox"
        aria-label="Go to a screen, a contact or a campaign"
        aria-expanded
        aria-controls={list}
        aria-activedescendant={options[active] && `${list}-${active}`}
        placeholder="Screen, contact, campaign or action"
        leftSection={<Search size={16} aria-hidden />}
        data-autofocus
        value={typed}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={press}
        mb="xs"
      />
      <div id={list} role="listbox" aria-label="Places" className={styles.options}>
        {options.map((option, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are handled by the search box above
          <div
            key={`${option.kind} ${option.id}`}
            id={`${list}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            className={styles.option}
            ref={index === active ? intoView : undefined}
            onClick={() => choose(option)}
          >
            <span dir="auto">{option.label}</span>
            <span className={styles.kind}>{option.kind}</span>
          </div>
        ))}
      </div>
      {options.length === 0 && (
        <Text size="sm" c="dimmed" p="xs" role="status">
          Nothing matches.
        </Text>
      )}
    </Modal>
  );
}

function intoView(option: HTMLDivElement | null): void {
  option?.scrollIntoView({ block: "nearest" });
}
