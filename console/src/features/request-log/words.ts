import type { LoggedRequest } from "@generated/api";
import { CheckCheck, TriangleAlert } from "lucide-react";
import type { Look } from "@/shared/status-badge";

const REFUSED = 400;
const FAILED = 500;
const KIB = 1024;

/** Return the look of a response: its status, and the code of its problem. */
export function responseLook({ status, code }: Pick<LoggedRequest, "status" | "code">): Look {
  const word = code ? `${status} ${code}` : String(status);
  if (status < REFUSED) return { tone: "delivered", word, icon: CheckCheck };
  return { tone: status < FAILED ? "unknown" : "failed", word, icon: TriangleAlert };
}

/** Say who has made a request. */
export function callerOf({
  apiKeyName,
  userName,
}: Pick<LoggedRequest, "apiKeyName" | "userName">): string {
  return apiKeyName ?? userName ?? "A former member";
}

/** Say how many bytes something has. */
export function sizeOf(bytes: number | null): string {
  if (bytes === null) return "–";
  return bytes < KIB ? `${bytes} B` : `${(bytes / KIB).toFixed(1)} KiB`;
}
