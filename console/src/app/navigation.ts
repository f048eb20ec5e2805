import type { LucideIcon } from "lucide-react";
import { LayoutDashboard, Send } from "lucide-react";

export interface Place {
  label: string;
  to: string;
  icon: LucideIcon;
}

export interface Group {
  label: string;
  places: Place[];
}

/** The groups of the rail, in order. */
export const GROUPS: Group[] = [
  { label: "", places: [{ label: "Dashboard", to: "/", icon: LayoutDashboard }] },
  { label: "Send", places: [{ label: "Quick send", to: "/send", icon: Send }] },
];

/** The places in the bar at the bottom of a phone, besides More. */
export const ON_PHONES = ["/", "/send"];
