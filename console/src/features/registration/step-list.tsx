import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { Circle, CircleAlert, CircleCheck, CircleDot, type LucideIcon } from "lucide-react";
import { counted } from "@/shared/number";
import styles from "./registration.module.css";
import { STEPS, type Step, stepOf } from "./search";
import { missingIn, type Registration } from "./use-registration";
import { STEP_NAMES } from "./words";

interface Props {
  registration: Registration;
  step: Step;
}

/** The steps, each with the count of missing fields. Every step can be opened at any time. */
export function StepList({ registration, step }: Props) {
  return (
    <nav aria-label="Steps">
      <Text size="sm" c="dimmed" hiddenFrom="md" mb={4}>
        Step {STEPS.indexOf(step) + 1} of {STEPS.length}: {STEP_NAMES[step]}
      </Text>
      <ol className={styles.steps}>
        {STEPS.map((name) => {
          const { state, note } = stateOf(registration, name);
          const Icon = name === step ? CircleDot : ICONS[state];
          return (
            <li key={name}>
              <Link
                to="/registration"
                search={{ step: name }}
                className={styles.step}
                data-state={state}
              >
                <Icon size={16} aria-hidden />
                <span>
                  {STEP_NAMES[name]}
                  {note && <small>{note}</small>}
                </span>
              </Link>
            </li>
          );
        })}
      </ol>
    </nav>
  );
}

type State = "open" | "done" | "wrong";

const ICONS: Record<State, LucideIcon> = { open: Circle, done: CircleCheck, wrong: CircleAlert };

function stateOf(registration: Registration, step: Step): { state: State; note?: string } {
  if (step === "start") return { state: "done" };
  if (step === "check") return { state: registration.isRegistered ? "done" : "open" };
  const { company, useCase } = registration;
  const half = step === "company" || step === "contact" ? company : useCase;
  const isNamed = half.reasons.some(({ fields }) => fields.some((name) => stepOf(name) === step));
  if (half.review?.status === "failed" && isNamed) return { state: "wrong", note: "To correct" };
  const missing = missingIn(registration, step).length;
  if (half.review !== null || missing === 0) return { state: "done" };
  return { state: "open", note: `${counted(missing, "field")} missing` };
}
