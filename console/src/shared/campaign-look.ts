import { Ban, CheckCheck, CircleAlert, Clock, FilePen, Pause, Send } from "lucide-react";
import { type Look, lookIn } from "./status-badge";

const LOOKS: Record<string, Look> = {
  draft: { word: "Draft", tone: "sending", icon: FilePen },
  scheduled: { word: "Scheduled", tone: "sent", icon: Clock },
  running: { word: "Sending", tone: "sent", icon: Send },
  paused: { word: "Paused", tone: "unknown", icon: Pause },
  done: { word: "Done", tone: "delivered", icon: CheckCheck },
  failed: { word: "Failed", tone: "failed", icon: CircleAlert },
  cancelled: { word: "Cancelled", tone: "sending", icon: Ban },
};

/** Return the label, colour and icon of a campaign's status. */
export const campaignLook = (status: string): Look => lookIn(LOOKS, status);
