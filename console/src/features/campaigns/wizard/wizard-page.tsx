import { Stepper } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { asProblem } from "@/client/problem";
import { useUnsaved } from "@/shared/drafts";
import { Redirect } from "@/shared/redirect";
import { Screen } from "@/shared/screen";
import { Failing, LoadingRows } from "@/shared/states";
import { STEPS, type Step } from "../search";
import { CheckStep } from "./check-step";
import { RecipientsStep } from "./recipients-step";
import { ScheduleStep } from "./schedule-step";
import { TextStep } from "./text-step";
import { useWizard, type Wizard } from "./use-wizard";
import styles from "./wizard.module.css";

const route = getRouteApi("/app/campaigns/new");
const LABELS: Record<Step, string> = {
  text: "Text",
  recipients: "Recipients",
  check: "Check",
  schedule: "When",
};

/** The steps of a new campaign: text, recipients, check of price and messages, and time. */
export function WizardPage() {
  const { campaign, list } = route.useSearch();
  return <Steps key={campaign ?? "new"} campaignId={campaign} listId={list} />;
}

interface StepsProps {
  campaignId: string | undefined;
  listId: string | undefined;
}

function Steps({ campaignId, listId }: StepsProps) {
  const { step } = route.useSearch();
  const navigate = route.useNavigate();
  const wizard = useWizard(campaignId, listId);
  useUnsaved("campaign", wizard.isDirty);
  const go = (next: Step, id = campaignId) =>
    void navigate({
      search: { step: next, campaign: id, list: id === undefined ? listId : undefined },
    });
  const reachable = reachableOf(wizard);
  return (
    <Screen title={wizard.draft.name || "New campaign"}>
      <Stepper
        active={STEPS.indexOf(step)}
        onStepClick={(index) => go(STEPS[index] ?? "text")}
        size="xs"
        maw={640}
        wrap={false}
        classNames={{ step: styles.step, stepBody: styles.stepBody }}
      >
        {STEPS.map((name, index) => (
          <Stepper.Step
            key={name}
            label={LABELS[name]}
            allowStepSelect={index <= reachable}
            aria-current={name === step ? "step" : undefined}
          />
        ))}
      </Stepper>
      {wizard.isLoading ? (
        wizard.problem ? (
          <Failing problem={asProblem(wizard.problem)} onRetry={wizard.retry} />
        ) : (
          <LoadingRows rows={4} />
        )
      ) : (
        <Content step={step} campaignId={campaignId} wizard={wizard} go={go} />
      )}
    </Screen>
  );
}

interface ContentProps {
  step: Step;
  campaignId: string | undefined;
  wizard: Wizard;
  go: (next: Step, id?: string) => void;
}

function Content({ step, campaignId, wizard, go }: ContentProps) {
  if (step === "text") return <TextStep wizard={wizard} onSaved={(id) => go("recipients", id)} />;
  // The later steps need a stored draft. Without a draft, begin with the first step.
  if (campaignId === undefined) return <Redirect href="/campaigns/new?step=text" />;
  if (step === "recipients") {
    return (
      <RecipientsStep wizard={wizard} onBack={() => go("text")} onSaved={(id) => go("check", id)} />
    );
  }
  if (step === "check") {
    return (
      <CheckStep
        campaignId={campaignId}
        onBack={() => go("recipients")}
        onNext={() => go("schedule")}
      />
    );
  }
  return <ScheduleStep campaignId={campaignId} wizard={wizard} onBack={() => go("check")} />;
}

/** Return the last step that can be opened: a step needs what the earlier steps have stored. */
function reachableOf({ stored }: Wizard): number {
  if (stored === undefined) return STEPS.indexOf("text");
  return STEPS.indexOf(stored.missing.length > 0 ? "recipients" : "schedule");
}
