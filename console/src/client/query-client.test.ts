import { onlineManager } from "@tanstack/react-query";
import { afterEach, expect, test, vi } from "vitest";
import { noAnswer } from "./problem";
import { createQueryClient, waitBefore } from "./query-client";

test("the next attempt waits as long as the server's answer says", () => {
  const wait = waitBefore(0, 7);
  expect(wait).toBeGreaterThanOrEqual(7_000);
  expect(wait).toBeLessThan(7_500);
});

test("without a time in the answer, the waits grow up to a limit", () => {
  expect(waitBefore(2, null)).toBeGreaterThanOrEqual(4_000);
  expect(waitBefore(20, null)).toBeLessThanOrEqual(30_250);
});

afterEach(() => {
  onlineManager.setOnline(true);
  vi.useRealTimers();
});

test("without a connection a read fails after three attempts, and does not wait for ever", async () => {
  vi.useFakeTimers();
  onlineManager.setOnline(false);
  const read = vi.fn().mockRejectedValue(noAnswer());
  const failing = expect(
    createQueryClient().fetchQuery({
      queryKey: ["x"],
      queryFn: read,
      retry: createQueryClient().getDefaultOptions().queries?.retry,
    }),
  ).rejects.toMatchObject({ code: "no_answer" });
  await vi.runAllTimersAsync();
  await failing;
  expect(read).toHaveBeenCalledTimes(3);
});

test("without a connection a write fails at once, and is not sent later", async () => {
  onlineManager.setOnline(false);
  const write = vi.fn().mockRejectedValue(noAnswer());
  const client = createQueryClient();
  const sending = client.getMutationCache().build(client, { mutationFn: write }).execute(undefined);
  await expect(sending).rejects.toMatchObject({ code: "no_answer" });
  onlineManager.setOnline(true);
  expect(write).toHaveBeenCalledTimes(1);
});
