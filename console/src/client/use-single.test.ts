import { renderHook } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { useSingle } from "./use-single";

test("a second press is ignored until the first request has ended", () => {
  const ends: (() => void)[] = [];
  const mutate = vi.fn((_order: string, options?: { onSettled?: () => void }) => {
    ends.push(() => options?.onSettled?.());
  });
  const { result } = renderHook(() => useSingle<void, string>({ mutate: mutate as never }));
  result.current("first");
  result.current("second");
  expect(mutate).toHaveBeenCalledTimes(1);
  ends[0]?.();
  result.current("third");
  expect(mutate).toHaveBeenCalledTimes(2);
});
