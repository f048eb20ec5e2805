import type { User } from "@generated/api";
import type { LucideIcon } from "lucide-react";
import {
  Building2,
  CalendarClock,
  CalendarDays,
  ChartColumn,
  Eraser,
  FileClock,
  FileText,
  Gauge,
  Hash,
  History,
  Inbox,
  KeyRound,
  LayoutDashboard,
  ListChecks,
  MailX,
  Megaphone,
  ScrollText,
  Send,
  ShieldCheck,
  ShieldUser,
  SlidersHorizontal,
  UserCog,
  UserPen,
  Users,
  Wallet,
  Webhook,
} from "lucide-react";
import { isTestMode } from "@/client/mode";
import { isOperator } from "@/client/roles";

export interface Place {
  label: string;
  /** The label in the bar at the bottom of small screens, where a long word has no room. */
  shortLabel?: string;
  to: string;
  icon: LucideIcon;
}

export interface Group {
  label: string;
  places: Place[];
  /** Whether only operators of the platform see it. */
  isForOperators?: boolean;
}

/** The groups of links in the navigation, in order. */
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
      { label: "Personal texts", to: "/send/personal", icon: UserPen },
      { label: "Scheduled", to: "/send/scheduled", icon: CalendarClock },
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
      { label: "Conversations", shortLabel: "Inbox", to: "/inbox", icon: Inbox },
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
      { label: "Request log", to: "/settings/request-log", icon: FileClock },
      { label: "Webhooks", to: "/settings/webhooks", icon: Webhook },
      { label: "Data and privacy", to: "/settings/data", icon: Eraser },
      { label: "Audit log", to: "/settings/audit", icon: ScrollText },
    ],
  },
  {
    label: "Platform",
    isForOperators: true,
    places: [
      { label: "Overview", to: "/admin", icon: Gauge },
      { label: "Organisations", to: "/admin/organisations", icon: Building2 },
      { label: "Users", to: "/admin/users", icon: ShieldUser },
      { label: "Platform audit", to: "/admin/audit", icon: ScrollText },
      { label: "Dead letters", to: "/admin/dead-letters", icon: MailX },
    ],
  },
];

/** Return the groups that a user sees. What operators do is always live, so test mode has none. */
export function groupsOf(user: User): Group[] {
  const isShown = isOperator(user) && !isTestMode;
  return GROUPS.filter((group) => !group.isForOperators || isShown);
}

/** The links in the bar at the bottom of small screens, in addition to More. */
export const ON_PHONES = ["/", "/send", "/campaigns", "/inbox"];
