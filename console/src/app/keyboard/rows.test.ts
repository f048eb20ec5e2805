import { expect, test, vi } from "vitest";
import { focusSearch, moveRow, toggleRow } from "./rows";

const LIST = `<main>
  <input data-search value="ann">
  <ul>
    <li data-row><input type="checkbox"><a href="/1">One</a></li>
    <li data-row><input type="checkbox"><a href="/2">Two</a></li>
    <li data-row>Only words</li>
    <li data-row><button disabled>Later</button></li>
    <li data-row><button>Three</button></li>
  </ul>
</main>`;
const focused = () => document.activeElement?.textContent;

test("the focus moves through the rows that can have it and stops at the ends", () => {
  document.body.innerHTML = LIST;
  Element.prototype.scrollIntoView = vi.fn();
  moveRow(1);
  expect(focused()).toBe("One");
  moveRow(1);
  moveRow(1);
  moveRow(1);
  expect(focused()).toBe("Three");
  moveRow(-1);
  expect(focused()).toBe("Two");
  toggleRow();
  const boxes = document.querySelectorAll<HTMLInputElement>("[type='checkbox']");
  expect([...boxes].map((box) => box.checked)).toEqual([false, true]);
});

test("the search box gets the focus", () => {
  document.body.innerHTML = LIST;
  focusSearch();
  expect(document.activeElement).toBe(document.querySelector("[data-search]"));
});
