import type { Contact, SearchHit } from "@generated/api";
import { Button, Text, UnstyledButton } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { CornerUpRight } from "lucide-react";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { nameOf } from "@/shared/names";
import { Phone } from "@/shared/phone";
import { Failing, LoadingRows } from "@/shared/states";
import { exactTime, relativeTime, useNow } from "@/shared/time";
import { Highlighted } from "./highlight";
import styles from "./inbox.module.css";

const MOST_PEOPLE = 5;
const PAGE = 30;

interface Props {
  words: string;
  openMessageId: string | undefined;
  onOpen: (contactId: string, messageId?: string) => void;
}

/** The people and the messages of all conversations that match some words. */
export function SearchResults({ words, openMessageId, onOpen }: Props) {
  const people = queries.useQuery(
    "get",
    "/api/contacts",
    { params: { query: { search: words, limit: MOST_PEOPLE } } },
    { placeholderData: keepPreviousData, retry: false },
  );
  const messages = queries.useInfiniteQuery(
    "get",
    "/api/messages/search",
    { params: { query: { search: words, limit: PAGE } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  const hits = messages.data?.pages.flatMap((page) => page.items);
  if (hits === undefined) {
    return messages.error ? (
      <Failing problem={asProblem(messages.error)} onRetry={() => void messages.refetch()} />
    ) : (
      <LoadingRows />
    );
  }
  const persons = people.data?.items ?? [];
  const searchedUntil = messages.data?.pages.at(-1)?.searchedUntil ?? null;
  return (
    <div className={styles.rows} data-stale={messages.isPlaceholderData}>
      <People people={persons} onOpen={onOpen} />
      {hits.length > 0 && <p className={styles.groupLabel}>Messages</p>}
      <ul className={styles.plain}>
        {hits.map((hit) => (
          <li key={hit.message.id} data-row>
            <Hit hit={hit} isOpen={hit.message.id === openMessageId} onOpen={onOpen} />
          </li>
        ))}
      </ul>
      {persons.length + hits.length === 0 && !messages.hasNextPage && (
        <Text c="dimmed" p="md">
          No person and no message matches “{words}”.
        </Text>
      )}
      {messages.hasNextPage && (
        <div className={styles.more}>
          {searchedUntil && (
            <Text size="xs" c="dimmed">
              Searched back to {exactTime(new Date(searchedUntil))}.
            </Text>
          )}
          <Button
            variant="default"
            size="xs"
            loading={messages.isFetchingNextPage}
            onClick={() => void messages.fetchNextPage()}
          >
            Search older messages
          </Button>
        </div>
      )}
    </div>
  );
}

interface PeopleProps {
  people: Contact[];
  onOpen: (contactId: string) => void;
}

function People({ people, onOpen }: PeopleProps) {
  if (people.length === 0) return null;
  return (
    <>
      <p className={styles.groupLabel}>People</p>
      <ul className={styles.plain}>
        {people.map((person) => (
          <li key={person.id} data-row>
            <UnstyledButton className={styles.row} onClick={() => onOpen(person.id)}>
              <span className={styles.name} dir="auto">
                {nameOf(person) ?? <Phone number={person.phone} />}
              </span>
              <Text component="span" size="xs" c="dimmed">
                <Phone number={person.phone} />
              </Text>
            </UnstyledButton>
          </li>
        ))}
      </ul>
    </>
  );
}

interface HitProps {
  hit: SearchHit;
  isOpen: boolean;
  onOpen: (contactId: string, messageId: string) => void;
}

function Hit({ hit: { message, snippet, highlights }, isOpen, onOpen }: HitProps) {
  const now = useNow();
  const { contactId } = message;
  return (
    <UnstyledButton
      className={styles.row}
      aria-current={isOpen}
      disabled={contactId === null}
      onClick={() => contactId && onOpen(contactId, message.id)}
    >
      <span className={styles.rowHead}>
        <span className={styles.name} dir="auto">
          {message.contactName || <Phone number={message.to} />}
        </span>
        <time className={styles.when} dateTime={message.createdAt}>
          {relativeTime(new Date(message.createdAt), now)}
        </time>
      </span>
      <span className={styles.snippet} dir="auto">
        {message.direction === "out" && (
          <CornerUpRight size={14} aria-label="Sent by your organisation:" />
        )}
        <Highlighted snippet={snippet} highlights={highlights} />
      </span>
    </UnstyledButton>
  );
}
