import type { PhoneNumber } from "@generated/api";
import { Alert, Button, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { useState } from "react";
import { api, queries } from "@/client/client";
import { useIntent } from "@/client/intent";
import { isTestMode } from "@/client/mode";
import { asProblem } from "@/client/problem";
import { isManager } from "@/client/roles";
import { useUser } from "@/client/use-session";
import { FormBanner } from "@/shared/form";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { formatPhone, Phone } from "@/shared/phone";
import { Screen } from "@/shared/screen";
import { Empty } from "@/shared/states";
import { type Column, Table } from "@/shared/table";
import { RelativeTime } from "@/shared/time";
import { BuyDialog } from "./buy-dialog";
import { ReleaseDialog } from "./release-dialog";

/** The phone numbers from which the organisation sends, with their monthly prices. */
export function NumbersPage() {
  const [isBuying, buying] = useDisclosure(false);
  const [released, setReleased] = useState<PhoneNumber | null>(null);
  // In test mode there is a fixed number, which can't be released, and no other can be bought.
  const canManage = isManager(useUser()) && !isTestMode;
  const options = { retry: false, enabled: !isTestMode };
  const subaccount = queries.useQuery("get", "/api/twilio/subaccount", {}, options);
  const isMissing = subaccount.error !== null && asProblem(subaccount.error).status === 404;
  const numbers = queries.useQuery("get", "/api/twilio/numbers", {}, { enabled: !isMissing });
  const balance = queries.useQuery("get", "/api/billing/balance");
  const currency = balance.data?.currency ?? "usd";
  const buy = <Button onClick={buying.open}>Buy a number</Button>;
  const columns: Column<PhoneNumber>[] = [
    { label: "Number", isTitle: true, cell: ({ phoneNumber }) => <Phone number={phoneNumber} /> },
    { label: "Country", cell: ({ country }) => country },
    { label: "Used by", cell: (number) => <SendsFor number={number} /> },
    { label: "Capabilities", cell: ({ capabilities }) => capabilities.join(", ").toUpperCase() },
    {
      label: "A month",
      isNumber: true,
      cell: ({ centsPerMonth }) =>
        centsPerMonth === null ? "–" : formatMoney(centsPerMonth, currency),
    },
    { label: "Paid until", cell: (number) => <Paid number={number} /> },
    ...(canManage ? [releaseColumn(setReleased)] : []),
  ];
  return (
    <Screen title="Numbers" actions={isMissing || !canManage ? undefined : buy}>
      {isMissing ? (
        <SetUp />
      ) : (
        <Table
          caption="Phone numbers"
          columns={columns}
          rows={numbers.data?.items}
          keyOf={({ id }) => id}
          problem={numbers.error ? asProblem(numbers.error) : null}
          onRetry={() => void numbers.refetch()}
          empty={
            <Empty action={canManage ? buy : undefined}>
              You need a number to send texts and to get answers.
            </Empty>
          }
        />
      )}
      {released && <ReleaseDialog number={released} onClose={() => setReleased(null)} />}
      {isBuying && <BuyDialog currency={currency} onClose={buying.close} />}
    </Screen>
  );
}

/** The messaging service that sends from a number. All texts and campaigns go through it. */
function SendsFor({ number: { messagingServiceSid } }: { number: PhoneNumber }) {
  const service = queries.useQuery("get", "/api/twilio/messaging-services", {}, { retry: false });
  if (messagingServiceSid === null) return "Nothing yet";
  const isIt = service.data?.sid === messagingServiceSid;
  return (
    <TextLink to="/settings/sending" size="sm">
      {isIt && service.data ? service.data.friendlyName : "The messaging service"}
    </TextLink>
  );
}

function releaseColumn(onRelease: (number: PhoneNumber) => void): Column<PhoneNumber> {
  return {
    label: "Release",
    isAction: true,
    cell: (number) => (
      <Button
        variant="subtle"
        color="red"
        size="compact-sm"
        onClick={() => onRelease(number)}
        aria-label={`Release ${formatPhone(number.phoneNumber)}`}
      >
        Release
      </Button>
    ),
  };
}

function Paid({ number }: { number: PhoneNumber }) {
  if (number.unpaidSince) {
    return (
      <Text size="sm" c="red">
        Unpaid since <RelativeTime at={number.unpaidSince} />
      </Text>
    );
  }
  return number.paidUntil ? <RelativeTime at={number.paidUntil} /> : "–";
}

/**
 * Create what every organisation needs before it can send: a Twilio subaccount and a messaging
 * service.
 */
function SetUp() {
  const intent = useIntent();
  const cache = useQueryClient();
  const setUp = useMutation({
    mutationFn: async () => {
      const headers = intent.headers("account");
      await api.POST("/api/twilio/subaccount", { headers });
      await api.POST("/api/twilio/messaging-services", { headers, body: {} });
    },
    onSuccess: () => {
      intent.done();
      void cache.invalidateQueries();
    },
  });
  return (
    <>
      <FormBanner problem={setUp.error ? asProblem(setUp.error) : null} />
      <Alert color="blue" icon={<CircleAlert aria-hidden />} title="Set up sending first">
        <Text size="sm" mb="sm">
          Your organisation gets an account of its own at the text provider. It costs nothing.
        </Text>
        <Button loading={setUp.isPending} onClick={() => setUp.mutate()}>
          Set up sending
        </Button>
      </Alert>
    </>
  );
}
