import { expect, test, vi } from "vitest";
import { api } from "@/client/client";
import { type Progress, replayRest } from "./replay";

test("after an error a replay goes on with the page that failed", async () => {
  const answers = [
    async () => ({ data: { replayed: 100, since: "2026-03-02T00:00:00Z" } }),
    async () => Promise.reject(new Error("No answer.")),
    async () => ({ data: { replayed: 1, since: null } }),
  ];
  const bodies: unknown[] = [];
  vi.spyOn(api, "POST").mockImplementation((async (_: string, { body }: { body: unknown }) => {
    bodies.push(body);
    return answers.shift()?.();
  }) as never);
  const progress: Progress = { since: "2026-03-01T00:00:00Z", replayed: 0 };
  await expect(replayRest("e1", "failed", progress)).rejects.toThrow("No answer.");
  expect(await replayRest("e1", "failed", progress)).toBe(101);
  expect(bodies).toEqual([
    { since: "2026-03-01T00:00:00Z", status: "failed" },
    { since: "2026-03-02T00:00:00Z", status: "failed" },
    { since: "2026-03-02T00:00:00Z", status: "failed" },
  ]);
});
