// @vitest-environment node

import { expect, test } from "vitest";
import { DataCopy, type DataPage } from "./data-copy";

const row = (id: number) => ({
  service: "contacts",
  table: "contacts",
  row: `{"id": ${id}, "big": 9007199254740993}`,
});
const PAGES: Record<string, DataPage> = {
  first: { items: [row(1), row(2)], nextCursor: "second" },
  second: { items: [], nextCursor: "third" },
  third: { items: [row(3)], nextCursor: null },
};

async function linesOf(file: Blob): Promise<string[]> {
  const text = file.stream().pipeThrough(new DecompressionStream("gzip"));
  return (await new Response(text).text()).trimEnd().split("\n");
}

test("a copy that failed in between goes on with the next page, and has each row once", async () => {
  const copy = new DataCopy();
  const { signal } = new AbortController();
  const asked: string[] = [];
  let isAway = true;
  const readPage = async (cursor = "first") => {
    asked.push(cursor);
    if (cursor === "second" && isAway) throw new Error("away");
    return PAGES[cursor] as DataPage;
  };
  await expect(copy.read(readPage, signal, () => {})).rejects.toThrow("away");
  isAway = false;
  const counts: number[] = [];
  const file = await copy.read(readPage, signal, (rows) => counts.push(rows));
  expect(asked).toEqual(["first", "second", "second", "third"]);
  expect(counts).toEqual([2, 3]);
  const lines = await linesOf(file);
  expect(lines).toHaveLength(3);
  expect(lines[2]).toContain('"row":{"id": 3, "big": 9007199254740993}');
  for (const line of lines) expect(JSON.parse(line).table).toBe("contacts");
});
