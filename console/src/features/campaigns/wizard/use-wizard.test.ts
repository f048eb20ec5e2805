import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, renderHook } from "@testing-library/react";
import { createElement, type ReactNode } from "react";
import { beforeEach, expect, test } from "vitest";
import { useWizard } from "./use-wizard";

beforeEach(() => localStorage.clear());

function open(listId?: string) {
  const client = new QueryClient();
  const wrapper = ({ children }: { children: ReactNode }) =>
    createElement(QueryClientProvider, { client }, children);
  return renderHook(() => useWizard(undefined, listId), { wrapper }).result;
}

test("a new campaign goes to the list that it was begun for, not to that of an unsaved text", () => {
  const earlier = open("members");
  act(() => earlier.current.change({ message: "Hello" }));
  expect(open("guests").current.draft).toMatchObject({ message: "Hello", listId: "guests" });
  expect(open().current.draft).toMatchObject({ message: "Hello", listId: "members" });
});
