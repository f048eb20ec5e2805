import type { Message } from "@generated/api";
import { Text } from "@mantine/core";
import { keepPreviousData } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { queries } from "@/client/client";
import { PAGES } from "@/client/pages";
import { asProblem } from "@/client/problem";
import { ButtonLink, TextLink } from "@/shared/links";
import { ListFooter } from "@/shared/list-footer";
import { Phone } from "@/shared/phone";
import { Screen } from "@/shared/screen";
import { SentFor } from "@/shared/sent-for";
import { Empty } from "@/shared/states";
import { StatusBadge } from "@/shared/status-badge";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { AskForExport } from "./ask-for-export";
import { Filters } from "./filters";

const route = getRouteApi("/app/messages");

const COLUMNS: Column<Message>[] = [
  {
    label: "Person",
    isTitle: true,
    cell: ({ id, to, contactName }) => (
      <TextLink to="/messages/$messageId" params={{ messageId: id }}>
        {contactName || <Phone number={to} />}
      </TextLink>
    ),
  },
  {
    label: "Message",
    cell: ({ message }) => (
      <Text size="sm" lineClamp={2} dir="auto">
        {message}
      </Text>
    ),
  },
  {
    label: "Status",
    cell: ({ direction, status, errorTitle }) =>
      direction === "in" ? (
        <Text size="sm">Received</Text>
      ) : (
        <Status status={status} error={errorTitle} />
      ),
  },
  {
    label: "Sent for",
    cell: (message) =>
      message.campaignId || message.eventId ? <SentFor message={message} /> : "–",
  },
  { label: "When", cell: ({ createdAt }) => <RelativeTime at={createdAt} /> },
];

/** All messages, in both directions. */
export function MessagesPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const messages = queries.useInfiniteQuery(
    "get",
    "/api/messages",
    { params: { query: { ...search, limit: 50 } } },
    { ...PAGES, placeholderData: keepPreviousData },
  );
  const rows = messages.data?.pages.flatMap((page) => page.items);
  const isFiltered = Object.values(search).some((value) => value !== undefined);
  return (
    <Screen title="Messages" actions={<AskForExport search={search} />}>
      <Filters
        search={search}
        contactName={
          rows?.find(({ contactId }) => contactId === search.contactId)?.contactName ?? undefined
        }
        onChange={(changes) => void navigate({ search: { ...search, ...changes }, replace: true })}
      />
      <Table
        caption="Messages"
        columns={COLUMNS}
        rows={rows}
        keyOf={(message) => message.id}
        problem={messages.error ? asProblem(messages.error) : null}
        onRetry={() => void messages.refetch()}
        isStale={messages.isPlaceholderData}
        empty={
          isFiltered ? (
            <Text c="dimmed">No message matches.</Text>
          ) : (
            <Empty action={<ButtonLink to="/send">Send a text</ButtonLink>}>
              Each text that you send or receive is listed here, with its result.
            </Empty>
          )
        }
      />
      <ListFooter query={messages} />
    </Screen>
  );
}

/** A status, with the reason if there is one. */
function Status({ status, error }: { status: string; error: string | null }) {
  return (
    <>
      <StatusBadge status={status} />
      {error && (
        <Text size="xs" c="dimmed">
          {error}
        </Text>
      )}
    </>
  );
}
