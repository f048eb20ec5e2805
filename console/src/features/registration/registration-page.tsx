import { getRouteApi } from "@tanstack/react-router";
import { useEffect } from "react";
import { isTestMode } from "@/client/mode";
import { ButtonLink } from "@/shared/links";
import { NotInTestMode } from "@/shared/not-in-test-mode";
import { Screen } from "@/shared/screen";
import { Failing, LoadingRows, NotAllowed } from "@/shared/states";
import { Badge } from "@/shared/status-badge";
import { CheckStep } from "./check-step";
import { FormStepScreen } from "./form-step";
import { Overview } from "./overview";
import styles from "./registration.module.css";
import type { Step } from "./search";
import { StartStep } from "./start-step";
import { StepList } from "./step-list";
import { type Registration, useRegistration } from "./use-registration";
import { reviewLook, STEP_NAMES } from "./words";

const route = getRouteApi("/app/registration");

/** The registration with the US carriers. In test mode the organisation counts as registered. */
export function RegistrationPage() {
  if (!isTestMode) return <LiveRegistration />;
  return (
    <Screen title="US carrier registration">
      <NotInTestMode>
        In test mode your organisation counts as registered. Register it with the carriers in live
        mode.
      </NotInTestMode>
    </Screen>
  );
}

/** The state of the registration, and the steps to fill it in. */
function LiveRegistration() {
  const { step } = route.useSearch();
  const { registration, problem, retry } = useRegistration();
  return (
    <Screen
      title={step ? STEP_NAMES[step] : "US carrier registration"}
      description={step ? "US carrier registration" : undefined}
      actions={
        step && (
          <ButtonLink variant="default" to="/registration">
            Overview
          </ButtonLink>
        )
      }
    >
      {registration ? (
        <Content registration={registration} step={step} />
      ) : problem ? (
        <Failing problem={problem} onRetry={retry} />
      ) : (
        <LoadingRows rows={6} />
      )}
    </Screen>
  );
}

function Content({ registration, step }: { registration: Registration; step?: Step }) {
  useFieldOfAddress(step);
  if (step && !registration.mayRegister) {
    return <NotAllowed>Owners and admins register the organisation.</NotAllowed>;
  }
  if (step === undefined) {
    const isUntouched =
      !registration.brand && !registration.company.savedAt && !registration.useCase.savedAt;
    return isUntouched && registration.mayRegister ? (
      <StartStep registration={registration} />
    ) : (
      <>
        {registration.isRegistered && <RegisteredBadge />}
        <Overview registration={registration} />
      </>
    );
  }
  return (
    <div className={styles.layout}>
      <StepList registration={registration} step={step} />
      <StepContent registration={registration} step={step} />
    </div>
  );
}

function StepContent({ registration, step }: { registration: Registration; step: Step }) {
  if (step === "start") return <StartStep registration={registration} />;
  if (step === "check") return <CheckStep registration={registration} />;
  const isCompany = step === "company" || step === "contact";
  const half = isCompany ? registration.company : registration.useCase;
  return <FormStepScreen key={step} step={step} half={half} />;
}

function RegisteredBadge() {
  const look = reviewLook("approved");
  return (
    <div>
      <Badge tone="delivered" icon={look.icon}>
        Registered
      </Badge>
    </div>
  );
}

/** Move the focus to the field in the URL, such as `#field-ein`. */
function useFieldOfAddress(step: Step | undefined): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the fields change with the step
  useEffect(() => {
    const field = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!field) return;
    field.scrollIntoView({ block: "center" });
    const input = field.matches("input, textarea") ? field : field.querySelector("input, textarea");
    if (input instanceof HTMLElement) input.focus();
  }, [step]);
}
