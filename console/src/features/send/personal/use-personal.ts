import { useMemo, useState } from "react";
import { asProblem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { useDraft, useDraftIntent } from "@/shared/drafts";
import { addressesIn } from "@/shared/picture-addresses";
import { attemptOf, isSameOrder } from "@/shared/quote/attempt";
import { useNewPrice } from "@/shared/quote/use-new-price";
import { useQuote } from "@/shared/quote/use-quote";
import { departureOf } from "@/shared/send-later";
import { useTimeZone } from "@/shared/use-organisation";
import { MOST_NUMBERS } from "../numbers";
import { mappingOf } from "./columns";
import { EMPTY, type PersonalDraft, personalOrderOf } from "./draft";
import { onlyRows, peopleOf } from "./people";
import { tableOf, textOf } from "./table";
import { quotedRows, rowsToCorrect } from "./text-rows";
import { type PersonalOutcome, useSendPersonal } from "./use-send-personal";

const NAME = "personal-texts";

/** The draft of personal texts, their price, and the function that sends them. */
export function usePersonal() {
  const [kept, setDraft, clearDraft] = useDraft<PersonalDraft>(NAME, EMPTY);
  const draft = { ...EMPTY, ...kept };
  const change = (changes: Partial<PersonalDraft>) => setDraft({ ...draft, ...changes });
  const [outcome, setOutcome] = useState<PersonalOutcome | null>(null);
  const intent = useDraftIntent(NAME);
  const recipients = useRecipients(draft);
  const { table, people, leftOut, isTooMany } = recipients;
  const pricing = usePricing(draft, recipients);
  const { quote, isStale } = pricing;
  const when = departureOf(draft.departure, useTimeZone());
  const order = personalOrderOf(draft, people, quote?.priceVersion, when ?? {});
  const isOpen = isSameOrder(order, intent.openContent());
  const send = useSendPersonal(intent, (done, sent) => {
    setOutcome(done);
    const left = onlyRows(sent.table, rowsToCorrect(done.rows));
    // Only the people who got no text stay, so that another press texts nobody twice.
    if (left.rows.length > 0) change({ table: textOf(left) });
    else clearDraft();
  });
  const sendOnce = useSingle(send);
  useNewPrice(send.error, pricing.renew);
  const isPriced = !isStale && quote !== undefined && quote.recipients > 0;
  const isPaid = draft.departure.isLater || (quote?.balanceCovers ?? false);
  const isReady = people.length > 0 && !isTooMany && draft.message.trim() !== "" && when !== null;
  const canSend = isReady && (isOpen || (isPriced && isPaid)) && !send.isPending;
  return {
    ...{ draft, change, ...recipients, ...pricing, outcome, send, canSend },
    rows: quote && people.length > 0 ? quotedRows(people, leftOut, quote) : undefined,
    quoteProblem: pricing.error && !isStale ? asProblem(pricing.error) : null,
    isOpen: isOpen && send.isIdle,
    submit: () => {
      if (!canSend) return;
      setOutcome(null);
      const attempt = attemptOf(order, intent.openContent());
      sendOnce({ order: attempt, table, leftOut, rows: people.map(({ row }) => row) });
    },
  };
}

export type Personal = ReturnType<typeof usePersonal>;

/** Return the recipients in the table of a draft, and what its columns hold. */
function useRecipients({ table: text, mapping: chosen, message, allowEmpty }: PersonalDraft) {
  const table = useMemo(() => tableOf(text), [text]);
  const mapping = useMemo(() => mappingOf(table, chosen), [table, chosen]);
  const found = useMemo(
    () => peopleOf(table, mapping, { message, allowEmpty }),
    [table, mapping, message, allowEmpty],
  );
  return { table, mapping, ...found, isTooMany: found.people.length > MOST_NUMBERS };
}

function usePricing(
  { message, pictures, from }: PersonalDraft,
  { people, isTooMany }: ReturnType<typeof useRecipients>,
) {
  return useQuote(message, [], {
    recipients: isTooMany ? [] : people.map(({ recipient }) => recipient),
    mediaUrls: addressesIn(pictures),
    ...(from ? { from } : {}),
  });
}
