import { List, Stack, Text, Title } from "@mantine/core";
import { queries } from "@/client/client";
import { ButtonLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import type { Registration } from "./use-registration";

/** Explains who needs a registration, what is needed for it, its price and how long it takes. */
export function StartStep({ registration }: { registration: Registration }) {
  const balance = queries.useQuery("get", "/api/billing/balance");
  const money = (cents: number) =>
    cents === 0 ? "free" : formatMoney(cents, balance.data?.currency ?? "usd");
  return (
    <Stack gap="lg" maw={640}>
      <Text>
        US carriers block texts from local US numbers until they know who sends them and why. This
        is called A2P 10DLC. You register once, in two parts.
      </Text>
      <Stack gap="xs">
        <Title order={2}>Who needs it</Title>
        <Text size="sm">
          You need it if you text people in the US from a local number (+1). You don't need it for a
          toll-free number, and for other countries.
        </Text>
      </Stack>
      <Stack gap="xs">
        <Title order={2}>What happens</Title>
        <List size="sm" spacing="xs" type="ordered">
          <List.Item>
            <b>Your company.</b> The carriers compare it with the tax register. It usually takes
            some minutes, and at most a week. Fee: {money(registration.company.feeCents)}.
          </List.Item>
          <List.Item>
            <b>What you send.</b> Reviewers read your sample texts and how people agree to get them.
            It usually takes 10 to 15 working days. Fee: {money(registration.useCase.feeCents)}.
          </List.Item>
        </List>
        <Text size="sm" c="dimmed">
          Each submission is paid for, also after a rejection. So we check everything first.
        </Text>
      </Stack>
      <Stack gap="xs">
        <Title order={2}>What you need</Title>
        <List size="sm" spacing={4}>
          <List.Item>
            the letter of the tax office with your EIN and your exact legal name
          </List.Item>
          <List.Item>an email address at your company's domain</List.Item>
          <List.Item>public pages with your privacy policy and terms</List.Item>
          <List.Item>the words with which people agree to be texted</List.Item>
        </List>
      </Stack>
      <div>
        <ButtonLink to="/registration" search={{ step: "company" }}>
          Begin with your company
        </ButtonLink>
      </div>
      <Text size="sm" c="dimmed">
        Every field is saved when you leave it. You can come back at any time.
      </Text>
    </Stack>
  );
}
