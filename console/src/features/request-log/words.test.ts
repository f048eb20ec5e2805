import { describe, expect, it } from "vitest";
import { callerOf, responseLook, sizeOf } from "./words";

describe("responseLook", () => {
  it.each([
    [200, null, "delivered", "200"],
    [304, null, "delivered", "304"],
    [422, "invalid_number", "unknown", "422 invalid_number"],
    [503, "service_unavailable", "failed", "503 service_unavailable"],
  ])("of %i %s", (status, code, tone, word) => {
    expect(responseLook({ status, code })).toMatchObject({ tone, word });
  });
});

describe("callerOf", () => {
  it("names the key, else the user", () => {
    expect(callerOf({ apiKeyName: "Shop", userName: "Ann" })).toBe("Shop");
    expect(callerOf({ apiKeyName: null, userName: "Ann" })).toBe("Ann");
    expect(callerOf({ apiKeyName: null, userName: null })).toBe("A former member");
  });
});

describe("sizeOf", () => {
  it("says bytes and KiB, and nothing for what is not known", () => {
    expect([sizeOf(0), sizeOf(1023), sizeOf(1536), sizeOf(null)]).toEqual([
      "0 B",
      "1023 B",
      "1.5 KiB",
      "–",
    ]);
  });
});
