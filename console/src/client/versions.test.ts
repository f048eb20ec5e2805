import { expect, test, vi } from "vitest";
import { Problem } from "./problem";
import { Overtaken, type Shown, saveChanges } from "./versions";

interface Person {
  name: string;
  tags: string[];
}

const BASE: Shown<Person> = { version: 3, values: { name: "Ann", tags: ["vip"] } };
const overtaken = new Problem({ status: 412, code: "version_mismatch", detail: "It has changed." });

function routesWith(latest: Shown<Person>) {
  const write = vi.fn(async (_: Partial<Person>, headers: { "If-Match": string }) => {
    if (headers["If-Match"] !== `"${latest.version}"`) throw overtaken;
    return "saved";
  });
  return { write, read: async () => latest };
}

test("only the fields that were changed are sent, with the version that was shown", async () => {
  const routes = routesWith(BASE);
  await saveChanges(BASE, { name: "Anne", tags: ["vip"] }, routes);
  expect(routes.write).toHaveBeenCalledWith({ name: "Anne" }, { "If-Match": '"3"' });
});

test("a colleague's change of another field stays, and the user's own change is saved", async () => {
  const routes = routesWith({ version: 4, values: { name: "Ann", tags: ["vip", "press"] } });
  expect(await saveChanges(BASE, { name: "Anne", tags: ["vip"] }, routes)).toBe("saved");
  expect(routes.write).toHaveBeenLastCalledWith({ name: "Anne" }, { "If-Match": '"4"' });
});

test("a colleague's change of the same field is never overwritten unseen", async () => {
  const latest = { version: 4, values: { name: "Anna", tags: ["vip"] } };
  const routes = routesWith(latest);
  const saving = saveChanges(BASE, { name: "Anne", tags: ["vip"] }, routes);
  await expect(saving).rejects.toEqual(new Overtaken(latest));
  expect(routes.write).toHaveBeenCalledTimes(1);
});

test("the same change by two people is no conflict", async () => {
  const routes = routesWith({ version: 4, values: { name: "Anne", tags: ["vip"] } });
  expect(await saveChanges(BASE, { name: "Anne", tags: ["vip"] }, routes)).toBe("saved");
});

test("another error is not tried again", async () => {
  const routes = routesWith(BASE);
  routes.write.mockRejectedValue(new Problem({ status: 422, code: "invalid_request", detail: "" }));
  await expect(saveChanges(BASE, { name: "", tags: [] }, routes)).rejects.toThrow(Problem);
  expect(routes.write).toHaveBeenCalledTimes(1);
});
