import { expect, test } from "vitest";
import { asProblem, noAnswer, problemOf } from "./problem";

test("a problem of the API keeps its code, fields and request id", async () => {
  const body = {
    code: "invalid_number",
    detail: "Some of the input is invalid.",
    requestId: "r1",
    errors: [{ field: "to", message: "is no phone number" }],
  };
  const problem = await problemOf(Response.json(body, { status: 422 }));
  expect(problem).toMatchObject({
    status: 422,
    code: "invalid_number",
    fields: { to: "is no phone number" },
    requestId: "r1",
    isTemporary: false,
  });
});

test("an HTML page of a proxy becomes a problem too", async () => {
  const headers = { "Retry-After": "7", "X-Request-Id": "r2" };
  const problem = await problemOf(new Response("<h1>Bad gateway</h1>", { status: 502, headers }));
  expect(problem).toMatchObject({
    code: "unknown_error",
    requestId: "r2",
    retryAfter: 7,
    isTemporary: true,
  });
});

test("a request without an answer is a temporary problem", () => {
  expect(noAnswer().isTemporary).toBe(true);
});

test("anything else that is thrown becomes a problem with its message", () => {
  expect(asProblem(new TypeError("x is undefined")).message).toBe("x is undefined");
});
