import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { keepFocus } from "./focus";

const PAGE = `<main>
  <h1 tabindex="-1">Lists</h1>
  <ul>
    <li data-row><button>One</button></li>
    <li data-row><button>Two</button></li>
  </ul>
</main>`;
const focused = () => document.activeElement?.textContent;
let end: () => void;

beforeEach(() => {
  document.body.innerHTML = PAGE;
  end = keepFocus();
});
afterEach(() => end());

function button(words: string): HTMLElement {
  const all = [...document.querySelectorAll<HTMLElement>("button")];
  return all.find((each) => each.textContent === words) as HTMLElement;
}

/** Open a dialog as the kit does, and return it. */
function dialog(): HTMLElement {
  const portal = document.createElement("div");
  portal.setAttribute("data-portal", "true");
  portal.innerHTML = '<div role="dialog"><button>Save</button></div>';
  document.body.append(portal);
  button("Save").focus();
  return portal;
}

test("when a dialog goes away, what opened it has the focus", async () => {
  button("Two").focus();
  const portal = dialog();
  expect(focused()).toBe("Save");
  portal.remove();
  await vi.waitFor(() => expect(focused()).toBe("Two"));
});

test("when a row goes away, the one in its place has the focus, and at last the heading", async () => {
  button("One").focus();
  button("One").closest("li")?.remove();
  await vi.waitFor(() => expect(focused()).toBe("Two"));
  button("Two").closest("li")?.remove();
  await vi.waitFor(() => expect(focused()).toBe("Lists"));
});

test("who leaves an element alone gets no focus back", async () => {
  button("One").focus();
  button("One").blur();
  await new Promise((resolve) => setTimeout(resolve));
  document.querySelector("main")?.append("more");
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(document.activeElement).toBe(document.body);
});
