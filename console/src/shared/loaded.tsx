import type { ReactNode } from "react";
import { asProblem } from "@/client/problem";
import { Failing, LoadingRows } from "./states";

interface Props<Data> {
  query: { data: Data | undefined; error: unknown; refetch: () => Promise<unknown> };
  /** How many placeholders are shown while it loads. */
  rows?: number;
  children: (data: Data) => ReactNode;
}

/** What a request has loaded; before that placeholders, or why it failed. */
export function Loaded<Data>({ query, rows = 4, children }: Props<Data>) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) {
    return <Failing problem={asProblem(query.error)} onRetry={() => void query.refetch()} />;
  }
  return <LoadingRows rows={rows} />;
}
