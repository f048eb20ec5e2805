import type { LucideIcon } from "lucide-react";
import {
  CalendarDays,
  ChartColumn,
  FileText,
  Hash,
  History,
  Inbox,
  KeyRound,
  LayoutDashboard,
  ListChecks,
  Megaphone,
  ScrollText,
  Send,
  ShieldCheck,
  SlidersHorizontal,
  UserCog,
  Users,
  Wallet,
} from "lucide-react";

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
  {
    label: "",
    places: [
      { label: "Dashboard", to: "/", icon: LayoutDashboard },
      { label: "Analytics", to: "/analytics", icon: ChartColumn },
    ],
  },
  {
    label: "Send",
    places: [
      { label: "Quick send", to: "/send", icon: Send },
      { label: "Campaigns", to: "/campaigns", icon: Megaphone },
      { label: "Templates", to: "/templates", icon: FileText },
    ],
  },
  {
    label: "People",
    places: [
      { label: "Contacts", to: "/contacts", icon: Users },
      { label: "Lists", to: "/lists", icon: ListChecks },
    ],
  },
  {
    label: "Inbox",
    places: [
      { label: "Conversations", to: "/inbox", icon: Inbox },
      { label: "Messages", to: "/messages", icon: History },
    ],
  },
  { label: "Events", places: [{ label: "Events", to: "/events", icon: CalendarDays }] },
  { label: "Money", places: [{ label: "Billing", to: "/billing", icon: Wallet }] },
  {
    label: "Setup",
    places: [
      { label: "Numbers", to: "/numbers", icon: Hash },
      { label: "Sending", to: "/settings/sending", icon: SlidersHorizontal },
      { label: "Registration", to: "/registration", icon: ShieldCheck },
      { label: "Team", to: "/settings/members", icon: UserCog },
      { label: "API keys", to: "/settings/api-keys", icon: KeyRound },
      { label: "Audit log", to: "/settings/audit", icon: ScrollText },
    ],
  },
];

/** The places in the bar at the bottom of a phone, besides More. */
export const ON_PHONES = ["/", "/send", "/campaigns", "/inbox"];
