import { Stepper } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useUnsaved } from "@/shared/drafts";
import { Screen } from "@/shared/screen";
import { STEPS, type Step } from "../search";
import { CheckStep } from "./check-step";
import { RecipientsStep } from "./recipients-step";
import { TextStep } from "./text-step";
import { useWizard } from "./use-wizard";

const route = getRouteApi("/app/campaigns/new");
const LABELS: Record<Step, string> = { text: "Text", recipients: "Recipients", check: "Check" };

/** Write a campaign: the text, the recipients, then a check of what it will do and cost. */
export function WizardPage() {
  const { step, campaign } = route.useSearch();
  const navigate = route.useNavigate();
  const wizard = useWizard(campaign);
  useUnsaved("campaign", wizard.isDirty);
  const go = (next: Step, id = campaign) => void navigate({ search: { step: next, campaign: id } });
  return (
    <Screen title={wizard.draft.name || "New campaign"}>
      <Stepper
        active={STEPS.indexOf(step)}
        onStepClick={(index) => go(STEPS[index] ?? "text")}
        size="xs"
        maw={560}
      >
        {STEPS.map((name) => (
          <Stepper.Step key={name} label={LABELS[name]} />
        ))}
      </Stepper>
      {step === "text" && <TextStep wizard={wizard} onNext={() => go("recipients")} />}
      {step === "recipients" && (
        <RecipientsStep
          wizard={wizard}
          onBack={() => go("text")}
          onSaved={(id) => go("check", id)}
        />
      )}
      {step === "check" && campaign && (
        <CheckStep campaignId={campaign} onBack={() => go("recipients")} />
      )}
    </Screen>
  );
}
