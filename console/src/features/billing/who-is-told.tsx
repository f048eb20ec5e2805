import type { BillingSettings } from "@generated/api";
import { Stack, Text, Title } from "@mantine/core";
import { type Column, Table } from "@/shared/table";

interface Told {
  what: string;
  mail: string;
  text: string;
  bell: string;
}

const EVERYBODY = "Everybody";
const NOBODY = "–";
const OWNERS = "The owners";
const THE_PERSON = "The person";
const COLUMNS: Column<Told>[] = [
  { label: "What happens", isTitle: true, cell: ({ what }) => what },
  { label: "Mail", cell: ({ mail }) => mail },
  { label: "Text", cell: ({ text }) => text },
  { label: "Bell in the console", cell: ({ bell }) => bell },
];

/** The alerts that no setting changes. */
const ALWAYS: readonly Told[] = [
  {
    what: "A campaign, an import or a registration is done, or needs you",
    mail: NOBODY,
    text: NOBODY,
    bell: EVERYBODY,
  },
  { what: "An export is ready", mail: NOBODY, text: NOBODY, bell: "Who asked for it" },
  {
    what: "A webhook endpoint is failing or was disabled",
    mail: OWNERS,
    text: NOBODY,
    bell: EVERYBODY,
  },
  { what: "A member joins", mail: NOBODY, text: NOBODY, bell: EVERYBODY },
  { what: "A member is removed", mail: OWNERS, text: NOBODY, bell: EVERYBODY },
  { what: "A member gets a lower role", mail: OWNERS, text: NOBODY, bell: NOBODY },
  {
    what: "The password, the email address or the two-step sign-in of an account changes",
    mail: THE_PERSON,
    text: NOBODY,
    bell: NOBODY,
  },
  {
    what: "Somebody guesses the password or the sign-in codes of an account",
    mail: THE_PERSON,
    text: NOBODY,
    bell: NOBODY,
  },
];

/** Who gets which alert, as the settings above have it. */
export function WhoIsTold({ settings }: { settings: BillingSettings }) {
  const { notifyEmails, smsAlertTo, minBalanceCents } = settings;
  const addresses = notifyEmails.join(", ");
  const rows: Told[] = [
    {
      what: "The balance is low",
      mail: minBalanceCents === 0 ? "Turned off" : addresses || "Nobody: add an address above",
      text: minBalanceCents > 0 && smsAlertTo ? smsAlertTo : NOBODY,
      bell: minBalanceCents === 0 ? NOBODY : EVERYBODY,
    },
    {
      what: "A phone number can't be paid for another month, or was released",
      mail: [addresses, "The member who pays for it"].filter(Boolean).join(", "),
      text: NOBODY,
      bell: EVERYBODY,
    },
    ...ALWAYS,
  ];
  return (
    <Stack gap="xs" maw={880} component="section" aria-label="Who gets which alerts">
      <div>
        <Title order={2}>Who gets which alerts</Title>
        <Text size="sm" c="dimmed">
          The addresses and the number are those above.
        </Text>
      </div>
      <Table
        caption="Who gets which alerts"
        columns={COLUMNS}
        rows={rows}
        keyOf={({ what }) => what}
        onRetry={() => undefined}
        empty={null}
      />
    </Stack>
  );
}
