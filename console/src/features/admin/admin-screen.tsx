import type { ReactNode } from "react";
import { isTestMode } from "@/client/mode";
import { isOperator } from "@/client/roles";
import { useUser } from "@/client/use-session";
import { Screen } from "@/shared/screen";
import { NotAllowed } from "@/shared/states";

interface Props {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  /** Called only for operators, so that nobody else's page sends requests that are refused. */
  children: () => ReactNode;
}

/** A screen for operators of the platform in live mode. Others read who can see it. */
export function AdminScreen({ title, description, actions, children }: Props) {
  const user = useUser();
  if (!isOperator(user)) {
    return (
      <Screen title={title}>
        <NotAllowed remedy="Operators are chosen by the people who run the platform.">
          Only operators of the platform can see this.
        </NotAllowed>
      </Screen>
    );
  }
  if (isTestMode) {
    return (
      <Screen title={title}>
        <NotAllowed remedy="Switch to live mode in the header.">
          What operators do is always live, so it is not possible in test mode.
        </NotAllowed>
      </Screen>
    );
  }
  return (
    <Screen title={title} description={description} actions={actions}>
      {children()}
    </Screen>
  );
}
