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

test("when a dialog closes, the element that opened it has the focus again", async () => {
  button("Two").focus();
  const portal = dialog();
  expect(focused()).toBe("Save");
  portal.remove();
  await vi.waitFor(() => expect(focused()).toBe("Two"));
});

test("when a row is removed, the next row has the focus, or the heading if no row is left", async () => {
  button("One").focus();
  button("One").closest("li")?.remove();
  await vi.waitFor(() => expect(focused()).toBe("Two"));
  button("Two").closest("li")?.remove();
  await vi.waitFor(() => expect(focused()).toBe("Lists"));
});

test("an element that the user has left does not get the focus back", async () => {
  button("One").focus();
  button("One").blur();
  await new Promise((resolve) => setTimeout(resolve));
  document.querySelector("main")?.append("more");
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(document.activeElement).toBe(document.body);
});
