import type { Contact, Conversation, Message } from "@generated/api";
import { ActionIcon, Button, Drawer, Menu, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { ArrowLeft, EllipsisVertical, PanelRight } from "lucide-react";
import { asProblem } from "@/client/problem";
import { nameOf } from "@/shared/names";
import { Phone } from "@/shared/phone";
import { useShortcut } from "@/shared/shortcuts";
import styles from "./inbox.module.css";
import { Person } from "./person";
import { useArchive, useMarkAsUnread } from "./use-conversation";

interface Props {
  contactId: string;
  contact: Contact | undefined;
  facts: Conversation | null | undefined;
  messages: Message[];
  onClose: () => void;
}

/** The head of a conversation: the person, and the actions. */
export function ConversationHead({ contactId, contact, facts, messages, onClose }: Props) {
  const [isOpen, details] = useDisclosure(false);
  const unread = useMarkAsUnread(onClose);
  const archive = useArchive(contactId);
  const lastAnswer = messages.findLast(({ direction }) => direction === "in");
  const isArchived = Boolean(facts?.archivedAt);
  useShortcut("u", () => lastAnswer && unread.mutate(lastAnswer.id));
  useShortcut("e", () => facts && archive.mutate(!isArchived));
  const problem = unread.error ?? archive.error;
  return (
    <div className={styles.conversationHead}>
      <Button
        className={styles.back}
        variant="subtle"
        size="compact-sm"
        leftSection={<ArrowLeft size={16} aria-hidden />}
        onClick={onClose}
      >
        Back
      </Button>
      <div className={styles.who}>
        <Text component="h2" fw={600} truncate dir="auto">
          {contact ? (nameOf(contact) ?? <Phone number={contact.phone} />) : " "}
        </Text>
        <Text size="xs" c="dimmed">
          {contact && nameOf(contact) && <Phone number={contact.phone} />}
          {isArchived && " · archived"}
          {problem && ` · ${asProblem(problem).message}`}
        </Text>
      </div>
      <ActionIcon
        className={styles.detailsButton}
        variant="subtle"
        color="gray"
        aria-label="Show the person"
        onClick={details.open}
      >
        <PanelRight size={18} aria-hidden />
      </ActionIcon>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label="More actions">
            <EllipsisVertical size={18} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            disabled={lastAnswer === undefined}
            onClick={() => lastAnswer && unread.mutate(lastAnswer.id)}
          >
            Mark as unread
          </Menu.Item>
          <Menu.Item disabled={!facts} onClick={() => archive.mutate(!isArchived)}>
            {isArchived ? "Bring back from the archive" : "Archive"}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Drawer opened={isOpen} onClose={details.close} position="right" size="sm" title="Person">
        {contact && <Person contact={contact} messages={messages} />}
      </Drawer>
    </div>
  );
}
