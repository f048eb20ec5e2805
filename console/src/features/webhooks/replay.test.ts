import { expect, test, vi } from "vitest";
import { api } from "@/client/client";
import { Intent } from "@/client/intent";
import { type Progress, replayRest } from "./replay";

interface Request {
  body: unknown;
  headers: { "Idempotency-Key": string };
}

test("after an error a replay goes on with the page that failed, under the same key", async () => {
  const answers = [
    async () => ({ data: { replayed: 100, since: "2026-03-02T00:00:00Z" } }),
    async () => Promise.reject(new Error("No answer.")),
    async () => ({ data: { replayed: 1, since: null } }),
  ];
  const bodies: unknown[] = [];
  const keys: string[] = [];
  vi.spyOn(api, "POST").mockImplementation((async (_: string, { body, headers }: Request) => {
    bodies.push(body);
    keys.push(headers["Idempotency-Key"]);
    return answers.shift()?.();
  }) as never);
  const intent = new Intent();
  const progress: Progress = { since: "2026-03-01T00:00:00Z", replayed: 0 };
  await expect(replayRest("e1", "failed", progress, intent)).rejects.toThrow("No answer.");
  expect(await replayRest("e1", "failed", progress, intent)).toBe(101);
  expect(bodies).toEqual([
    { since: "2026-03-01T00:00:00Z", status: "failed" },
    { since: "2026-03-02T00:00:00Z", status: "failed" },
    { since: "2026-03-02T00:00:00Z", status: "failed" },
  ]);
  expect(keys[2]).toBe(keys[1]);
  expect(keys[1]).not.toBe(keys[0]);
});
