import { Alert, Button, Group, List, Stack, Text, Title } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { CircleAlert, Info } from "lucide-react";
import { queries } from "@/client/client";
import { asProblem, type Problem } from "@/client/problem";
import { useSingle } from "@/client/use-single";
import { FormBanner } from "@/shared/form";
import { TextLink } from "@/shared/links";
import { formatMoney } from "@/shared/money";
import { Badge } from "@/shared/status-badge";
import { adviceFor } from "./checks";
import { labelOf } from "./fields";
import { useSetUp, useSubmitCompany, useSubmitUseCase } from "./queries";
import styles from "./registration.module.css";
import { stepOf } from "./search";
import { Summary } from "./summary";
import type { Half, Registration } from "./use-registration";
import { reviewLook } from "./words";

/** The last step: missing fields, what carriers would reject, and the buttons that submit. */
export function CheckStep({ registration }: { registration: Registration }) {
  const { brand, campaign, company, useCase } = registration;
  const advice = adviceFor(company.part.values, useCase.part.values);
  const isCompanyStep = (field: string) => ["company", "contact"].includes(stepOf(field));
  const submitCompany = useSubmitCompany(brand);
  const submitUseCase = useSubmitUseCase(brand?.brandSid ?? "", campaign);
  const isApproved = brand?.status === "approved";
  return (
    <Stack gap="xl" maw={640}>
      <SetUp />
      <Submission
        title="1. Your company"
        half={company}
        advice={advice.filter(({ field }) => isCompanyStep(field))}
        confirmLabel={brand ? "Submit the company again" : "Submit the company"}
        submit={submitCompany}
      />
      <Submission
        title="2. What you send"
        half={useCase}
        advice={advice.filter(({ field }) => !isCompanyStep(field))}
        confirmLabel={campaign ? "Submit the use case again" : "Submit the use case"}
        submit={submitUseCase}
        waitsFor={
          isApproved
            ? undefined
            : "You can submit this once your company is approved. It is saved until then."
        }
      />
    </Stack>
  );
}

interface SubmissionProps {
  title: string;
  half: Half;
  advice: { field: string; message: string }[];
  confirmLabel: string;
  submit: ReturnType<typeof useSubmitCompany>;
  /** The reason why this part can't be submitted yet. */
  waitsFor?: string;
}

function Submission({ title, half, advice, confirmLabel, submit, waitsFor }: SubmissionProps) {
  const navigate = useNavigate();
  const submitOnce = useSingle(submit);
  const look = half.review && reviewLook(half.review.status);
  const values = half.part.values;
  const send = () =>
    submitOnce(values, {
      onSuccess: () => {
        half.part.forget();
        void navigate({ to: "/registration", search: {} });
      },
    });
  return (
    <Stack gap="md" className={styles.half}>
      <Group justify="space-between">
        <Title order={2}>{title}</Title>
        {look && (
          <Badge tone={look.tone} icon={look.icon}>
            {look.word}
          </Badge>
        )}
      </Group>
      <Summary half={half} />
      {half.isOpen && (
        <>
          <Missing fields={half.missing} />
          <AdviceList advice={advice} />
          <Refusal problem={submit.error ? asProblem(submit.error) : null} />
          {waitsFor && (
            <Text size="sm" c="dimmed">
              {waitsFor}
            </Text>
          )}
          <Cost half={half} />
          <div>
            <Button
              onClick={send}
              loading={submit.isPending}
              disabled={half.missing.length > 0 || waitsFor !== undefined}
            >
              {confirmLabel}
            </Button>
          </div>
        </>
      )}
    </Stack>
  );
}

function Missing({ fields }: { fields: readonly string[] }) {
  if (fields.length === 0) return null;
  return (
    <Alert color="orange" icon={<CircleAlert aria-hidden />}>
      <Text size="sm" fw={600} mb={4}>
        Still missing
      </Text>
      <FieldLinks fields={fields} />
    </Alert>
  );
}

function FieldLinks({ fields }: { fields: readonly string[] }) {
  return (
    <Group gap="sm">
      {fields.map((field) => (
        <TextLink
          key={field}
          to="/registration"
          search={{ step: stepOf(field) }}
          hash={`field-${field}`}
          size="sm"
        >
          {labelOf(field)}
        </TextLink>
      ))}
    </Group>
  );
}

function AdviceList({ advice }: { advice: SubmissionProps["advice"] }) {
  if (advice.length === 0) return null;
  return (
    <Alert color="orange" icon={<Info aria-hidden />}>
      <Text size="sm" fw={600} mb={4}>
        Carriers may reject this
      </Text>
      <List size="sm" spacing={4}>
        {advice.map(({ field, message }) => (
          <List.Item key={field + message}>
            <TextLink
              to="/registration"
              search={{ step: stepOf(field) }}
              hash={`field-${field}`}
              size="sm"
              underline="always"
            >
              {labelOf(field)}
            </TextLink>
            : {message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}

/**
 * The reason why a submission was refused. Fields are links. If money is missing, a link leads to
 * the top-up.
 */
function Refusal({ problem }: { problem: Problem | null }) {
  if (problem === null) return null;
  return (
    <Stack gap="xs">
      <FormBanner problem={problem} labelOf={labelOf} />
      <FieldLinks fields={Object.keys(problem.fields)} />
      {problem.status === 402 && (
        <TextLink to="/billing" size="sm">
          Add funds
        </TextLink>
      )}
    </Stack>
  );
}

function Cost({ half }: { half: Half }) {
  const balance = queries.useQuery("get", "/api/billing/balance");
  if (half.feeCents === 0) return <Text size="sm">Submitting is free.</Text>;
  if (balance.data === undefined) return null;
  const { balanceCents, currency } = balance.data;
  const left = balanceCents - half.feeCents;
  return (
    <Text size="sm">
      The fee is <b className="figures">{formatMoney(half.feeCents, currency)}</b>
      {left >= 0 ? (
        <>, your balance after it {formatMoney(left, currency)}.</>
      ) : (
        <>
          , {formatMoney(-left, currency)} more than your balance.{" "}
          <TextLink to="/billing" size="sm" underline="always">
            Add funds
          </TextLink>
        </>
      )}
    </Text>
  );
}

/**
 * The notice that nothing can be submitted without a sending account and its messaging service.
 */
function SetUp() {
  const service = queries.useQuery("get", "/api/twilio/messaging-services", {}, { retry: false });
  const setUp = useSetUp();
  const setUpOnce = useSingle(setUp);
  if (service.error === null || asProblem(service.error).status !== 404) return null;
  return (
    <Alert color="orange" icon={<CircleAlert aria-hidden />}>
      <Stack gap="sm" align="flex-start">
        <Text size="sm" fw={600}>
          You have no sending account yet
        </Text>
        <Text size="sm">A registration belongs to the account from which your texts are sent.</Text>
        <FormBanner problem={setUp.error ? asProblem(setUp.error) : null} />
        <Button size="xs" loading={setUp.isPending} onClick={() => setUpOnce(undefined)}>
          Create the sending account
        </Button>
      </Stack>
    </Alert>
  );
}
