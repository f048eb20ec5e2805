import { Button, Group, Text } from "@mantine/core";
import { useState } from "react";
import { counted } from "@/shared/number";
import { ChosenDialog } from "./chosen-dialog";
import { BULK, type ListAction } from "./words";

const ACTIONS: readonly ListAction[] = [
  "add_tags",
  "remove_tags",
  "add_to_list",
  "remove_from_list",
];

interface Props {
  chosen: ReadonlySet<string>;
  /** The contacts that are loaded. */
  shown: string[];
  onChange: (chosen: ReadonlySet<string>) => void;
}

/** The actions for the chosen contacts. They are disabled while none is chosen. */
export function ChosenBar({ chosen, shown, onChange }: Props) {
  const [action, setAction] = useState<ListAction | null>(null);
  const isNone = chosen.size === 0;
  return (
    <Group gap="xs" role="group" aria-label="Chosen contacts">
      <Text size="sm" c="dimmed" role="status" className="figures">
        {isNone ? "None chosen" : `${counted(chosen.size, "contact")} chosen`}
      </Text>
      <Button
        variant="subtle"
        size="compact-sm"
        onClick={() => onChange(isNone ? new Set(shown) : new Set())}
        disabled={shown.length === 0}
      >
        {isNone ? `Choose the ${shown.length} shown` : "Choose none"}
      </Button>
      {ACTIONS.map((each) => (
        <Button
          key={each}
          variant="default"
          size="compact-sm"
          disabled={isNone}
          onClick={() => setAction(each)}
        >
          {BULK[each].label}
        </Button>
      ))}
      {action && (
        <ChosenDialog
          action={action}
          ids={[...chosen]}
          onDone={() => {
            setAction(null);
            onChange(new Set());
          }}
          onClose={() => setAction(null)}
        />
      )}
    </Group>
  );
}
