import type { CampaignQuote, EmptyVariable, NotificationQuote } from "@generated/api";
import { Alert, Stack, Text } from "@mantine/core";
import { TriangleAlert } from "lucide-react";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { nameOf } from "@/shared/names";
import { counted, formatCount } from "@/shared/number";
import { formatPhone } from "@/shared/phone";
import { useCurrency } from "@/shared/use-organisation";
import styles from "./quote.module.css";

const COUNTRIES = new Intl.DisplayNames(undefined, { type: "region" });

/** The price of a text to many people. Each of them gets the text with their own values. */
export type FilledQuote = CampaignQuote | NotificationQuote;

type Price = Pick<FilledQuote, "complete" | "totalCents">;

/** Format the price, with "at least" if not all recipients could be counted. */
export function priceOf({ complete, totalCents }: Price, currency: string): string {
  return `${complete ? "" : "at least "}${formatMoney(totalCents, currency)}`;
}

interface Props {
  quote: FilledQuote;
  /** Who is counted, such as `contact`. */
  person: string;
  /** What becomes of the text if the balance does not cover it. */
  ifUnpaid?: string;
}

/** The recipients of a text, its price, and problems with it. */
export function QuoteFacts({ quote, person, ifUnpaid }: Props) {
  const currency = useCurrency();
  const money = (cents: number) => formatMoney(cents, currency);
  const payer = quote.payer === "organisation" ? "The organisation's balance" : "Your balance";
  return (
    <Stack gap="sm">
      <Text size="lg" fw={600} className="figures">
        {counted(quote.recipients, "message")} for {priceOf(quote, currency)}
      </Text>
      {!quote.complete && (
        <Text size="sm" c="dimmed">
          Only {counted(quote.lookedAt, person)} could be counted in 45 seconds. The others cost
          more.
        </Text>
      )}
      <dl className={styles.facts}>
        <NotTexted label="Opted out" count={quote.optedOut} person={person} />
        {"withoutPhone" in quote && (
          <NotTexted label="Without a number" count={quote.withoutPhone} person={person} />
        )}
        <NotTexted label="Can't be texted" count={quote.invalid} person={person} />
        {quote.refusals.map(({ country, code, message, recipients }) => (
          <Fact key={country + code} label={COUNTRIES.of(country) ?? country}>
            {counted(recipients, person)}, not texted: {message}
          </Fact>
        ))}
        {quote.destinations.map((place) => (
          <Fact key={place.country} label={COUNTRIES.of(place.country) ?? place.country}>
            {counted(place.recipients, "message")}, {money(place.minPriceCents)}
            {place.maxPriceCents > place.minPriceCents && ` to ${money(place.maxPriceCents)}`} each,{" "}
            {money(place.totalCents)} in all
          </Fact>
        ))}
        <Fact label={`${payer} afterwards`}>
          {quote.balanceCovers ? money(quote.balanceCents - quote.totalCents) : "not enough"}
        </Fact>
      </dl>
      <Warnings quote={quote} currency={currency} ifUnpaid={ifUnpaid} />
    </Stack>
  );
}

interface NotTextedProps {
  label: string;
  count: number;
  person: string;
}

function NotTexted({ label, count, person }: NotTextedProps) {
  return (
    <Fact label={label} isMuted={count === 0}>
      {count === 0 ? "nobody" : `${counted(count, person)}, not texted`}
    </Fact>
  );
}

interface FactProps {
  label: string;
  isMuted?: boolean;
  children: React.ReactNode;
}

function Fact({ label, isMuted, children }: FactProps) {
  return (
    <div>
      <dt>{label}</dt>
      <dd data-muted={isMuted}>{children}</dd>
    </div>
  );
}

interface WarningsProps extends Pick<Props, "quote" | "ifUnpaid"> {
  currency: string;
}

function Warnings({ quote, currency, ifUnpaid }: WarningsProps) {
  const icon = <TriangleAlert aria-hidden />;
  return (
    <>
      {!quote.balanceCovers && (
        <Alert color="red" icon={icon}>
          {formatMoney(quote.totalCents - quote.balanceCents, currency)} more is needed. {ifUnpaid}{" "}
          <TextLink to="/billing" size="sm" underline="always">
            Add funds
          </TextLink>
        </Alert>
      )}
      {quote.emptyVariables.length > 0 && (
        <Alert color="orange" icon={icon}>
          {quote.emptyVariables.map((variable) => (
            <div key={variable.name}>{emptySentence(variable)}</div>
          ))}
        </Alert>
      )}
      {quote.foreignPlaceholders.length > 0 && (
        <Alert color="orange" icon={icon}>
          {quote.foreignPlaceholders.join(", ")}: placeholders of other tools are not filled. Write
          them as {"{{firstName}}"}.
        </Alert>
      )}
    </>
  );
}

/** Describe how many people have no value for a variable, with examples. */
export function emptySentence({ name, recipients, examples }: EmptyVariable): string {
  const people = examples.map((person) => {
    const known = nameOf(person);
    return known ? `${known} (${formatPhone(person.to)})` : formatPhone(person.to);
  });
  const others = recipients - people.length;
  const who = people.join(", ") + (others > 0 ? ` and ${formatCount(others)} more` : "");
  return `{{${name}}} is empty for ${who}. They get the text without it.`;
}
