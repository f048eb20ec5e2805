import { expect, test } from "vitest";
import { windowsSentence } from "./quiet-hours-note";

test("sending hours are described in words", () => {
  expect(
    windowsSentence([
      { days: ["fri", "mon", "tue", "wed", "thu"], from: "09:00", to: "20:00" },
      { days: ["sat"], from: "10:00", to: "16:00" },
    ]),
  ).toBe("Mon to Fri 09:00 to 20:00 and Sat 10:00 to 16:00");
  const all = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
  expect(windowsSentence([{ days: [...all], from: "08:00", to: "21:00" }])).toBe(
    "daily 08:00 to 21:00",
  );
});
