import type { ReactNode } from "react";
import { isManager } from "@/client/roles";
import { useUser } from "@/client/use-session";
import { Screen } from "./screen";
import { NotAllowed } from "./states";

interface Props {
  /** The title of the screen. */
  title: string;
  children: ReactNode;
}

/** A screen for owners and admins. Others are told so, and nothing is requested for them. */
export function ManagersOnly({ title, children }: Props) {
  if (isManager(useUser())) return children;
  return (
    <Screen title={title}>
      <NotAllowed>Only owners and admins see this.</NotAllowed>
    </Screen>
  );
}
