import type { Conversation } from "@generated/api";
import { Select } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { useInterval } from "@/client/use-live";
import { ButtonLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { SearchBox } from "@/shared/search-box";
import { Empty, Failing, LoadingRows } from "@/shared/states";
import { useNow } from "@/shared/time";
import { ConversationRow } from "./conversation-row";
import styles from "./inbox.module.css";
import { type InboxSearch, SHOWS, type Show } from "./search";
import { SearchResults } from "./search-results";

const ASK_EVERY_MS = 10_000;

interface Props {
  search: InboxSearch;
  onOpen: (contactId: string, messageId?: string) => void;
  onChange: (changes: Pick<InboxSearch, "show" | "search">) => void;
}

/** The conversations, latest first, or the results of a search. */
export function ConversationList({ search, onOpen, onChange }: Props) {
  return (
    <section className={styles.list} aria-label="Conversations">
      <div className={styles.listHead}>
        <SearchBox
          label="Search people and messages"
          placeholder="Search people and messages"
          value={search.search}
          onSearch={(text) => onChange({ search: text })}
          isWide
        />
        <Select
          aria-label="Which conversations"
          placeholder="All open conversations"
          data={SHOWS.map(({ value, label }) => ({ value, label }))}
          value={search.show ?? null}
          onChange={(show) => onChange({ show: (show as Show | null) ?? undefined })}
          disabled={search.search !== undefined}
          clearable
          clearButtonProps={{ "aria-label": "Show all open conversations" }}
        />
      </div>
      {search.search ? (
        <SearchResults words={search.search} openMessageId={search.message} onOpen={onOpen} />
      ) : (
        <Latest show={search.show} openId={search.contact} onOpen={onOpen} />
      )}
    </section>
  );
}

interface LatestProps {
  show: Show | undefined;
  openId: string | undefined;
  onOpen: (contactId: string) => void;
}

function Latest({ show, openId, onOpen }: LatestProps) {
  const interval = useInterval(ASK_EVERY_MS);
  const conversations = queries.useInfiniteQuery(
    "get",
    "/api/messages/threads",
    { params: { query: { ...queryOf(show), limit: 50 } } },
    { ...PAGES, refetchInterval: interval, placeholderData: keepPreviousData },
  );
  const rows = conversations.data?.pages.flatMap((page) => page.items);
  if (rows === undefined) {
    return conversations.error ? (
      <Failing
        problem={asProblem(conversations.error)}
        onRetry={() => void conversations.refetch()}
      />
    ) : (
      <LoadingRows />
    );
  }
  return (
    <div className={styles.rows} data-stale={conversations.isPlaceholderData}>
      {rows.length === 0 ? (
        <Nothing show={show} />
      ) : (
        <Rows rows={rows} openId={openId} onOpen={onOpen} />
      )}
      <ListFooter query={conversations} />
    </div>
  );
}

interface RowsProps {
  rows: Conversation[];
  openId: string | undefined;
  onOpen: (contactId: string) => void;
}

function Rows({ rows, openId, onOpen }: RowsProps) {
  const now = useNow();
  return (
    <ul className={styles.plain}>
      {rows.map((conversation) => (
        <li key={conversation.contactId} className={styles.item} data-row>
          <ConversationRow
            conversation={conversation}
            isOpen={conversation.contactId === openId}
            onOpen={onOpen}
            now={now}
          />
        </li>
      ))}
    </ul>
  );
}

function Nothing({ show }: { show: Show | undefined }) {
  const words = SHOWS.find(({ value }) => value === show)?.empty;
  return (
    <div className={styles.empty}>
      <Empty action={words ? undefined : <ButtonLink to="/send">Send a text</ButtonLink>}>
        {words ?? "When somebody answers one of your texts, the conversation appears here."}
      </Empty>
    </div>
  );
}

function queryOf(show: Show | undefined) {
  if (show === "unread") return { unread: true };
  if (show === "review") return { optOutReview: true };
  return show === "archived" ? { archived: true } : {};
}
