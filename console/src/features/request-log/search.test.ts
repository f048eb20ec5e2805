import { describe, expect, it } from "vitest";
import { filtersOf, isFiltered, requestLogSearchOf, typedRequestId } from "./search";

const ID = "0192f0c1-8d2e-7c3a-9b1f-2a4c6e8f0a1b";

describe("requestLogSearchOf", () => {
  it("reads the filters and the open request", () => {
    const search = {
      apiKeyId: ID,
      statusClass: 4,
      method: "POST",
      route: "/api/messages/{id}",
      requestId: "my-request",
      from: "2026-03-01",
      to: "2026-03-02",
      open: "other",
      entry: ID,
    };
    expect(requestLogSearchOf(search)).toEqual(search);
  });

  it("reads a request id of digits, which the router makes a number", () => {
    expect(requestLogSearchOf({ requestId: 4711 }).requestId).toBe("4711");
  });

  it.each([
    { apiKeyId: "x" },
    { statusClass: 3 },
    { method: "FETCH" },
    { route: "no slash" },
    { requestId: "with space" },
    { from: "yesterday" },
    { open: "<b>" },
    { other: "x" },
  ])("ignores %o", (search) => {
    const values = Object.values(requestLogSearchOf(search));
    expect(values.filter((value) => value !== undefined)).toEqual([]);
  });
});

describe("filters", () => {
  it("leave out what is open", () => {
    const search = requestLogSearchOf({ open: "a", entry: ID });
    expect(filtersOf(search)).not.toHaveProperty("open");
    expect(isFiltered(search)).toBe(false);
    expect(isFiltered({ ...search, method: "GET" })).toBe(true);
  });

  it("take a request id without the spaces around it", () => {
    expect(typedRequestId(" 5f2c9e0d ")).toBe("5f2c9e0d");
    expect(typedRequestId("+1 415")).toBeUndefined();
  });
});
