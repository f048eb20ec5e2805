// @ts-check
// What the pages can do beyond links: search, copy, remember the language, follow the reading.
// Without it they are complete.

/** @typedef {[title: string, address: string, kind: string, words: string]} Entry */

const MOST_RESULTS = 20;
const COPIED_MS = 1500;

// A link to an operation on the first page leads to its description.
function forward() {
  const row = document.getElementById(location.hash.slice(1));
  const link = row?.matches(".index li") && row.querySelector("a");
  if (link) location.replace(link.href);
}

// The language of the samples.
function rememberLanguage() {
  /** @type {NodeListOf<HTMLInputElement>} */
  const choices = document.querySelectorAll('input[name="language"]');
  for (const choice of choices) {
    if (choice.value === stored()) choice.checked = true;
    choice.addEventListener("change", () => {
      try {
        localStorage.setItem("language", choice.value);
      } catch {
        // The browser keeps nothing for this page.
      }
    });
  }
}

function stored() {
  try {
    return localStorage.getItem("language");
  } catch {
    return null;
  }
}

// A button to copy each sample.
function addCopyButtons() {
  for (const figure of document.querySelectorAll(".code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(figure.querySelector("code")?.textContent ?? "");
      button.textContent = "Copied";
      setTimeout(() => {
        button.textContent = "Copy";
      }, COPIED_MS);
    });
    figure.querySelector("figcaption")?.append(button);
  }
}

// The entry of the navigation that is read now.
function followReading() {
  /** @type {NodeListOf<HTMLAnchorElement>} */
  const links = document.querySelectorAll("nav ul ul a");
  const parts = [...links].map((link) => document.getElementById(link.hash.slice(1)));
  const mark = () => {
    const passed = parts.filter(
      (part) => part && part.getBoundingClientRect().top < innerHeight / 3,
    );
    const current = parts.indexOf(passed[passed.length - 1] ?? null);
    links.forEach((link, index) => {
      if (index !== current) link.removeAttribute("aria-current");
      else if (!link.hasAttribute("aria-current")) reveal(link);
    });
  };
  addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
  mark();
}

/** @param {HTMLAnchorElement} link */
function reveal(link) {
  link.setAttribute("aria-current", "location");
  const nav = link.closest("nav");
  if (!nav?.clientHeight) return;
  const { top, bottom } = link.getBoundingClientRect();
  const frame = nav.getBoundingClientRect();
  if (top < frame.top || bottom > frame.bottom) nav.scrollTop += top - frame.top - frame.height / 2;
}

// The drawer opens at the current page, and closes when a link in it is followed.
function prepareDrawer() {
  const nav = document.getElementById("navigation");
  const showPage = () => nav?.querySelector("[aria-current]")?.scrollIntoView({ block: "center" });
  nav?.addEventListener("toggle", showPage);
  if (nav?.clientHeight && scrollY === 0) showPage();
  nav?.addEventListener("click", (event) => {
    const isLink = event.target instanceof Element && event.target.closest("a");
    if (isLink && nav.matches(":popover-open")) nav.hidePopover();
  });
}

/**
 * @param {string} text
 * @param {string} word
 */
function has(text, word) {
  return text.toLowerCase().includes(word);
}

/**
 * Return how well an entry fits the words, or 0 if it lacks one of them.
 * @param {Entry} entry
 * @param {string[]} words
 */
function fit([title, , kind, text], words) {
  let sum = 0;
  for (const word of words) {
    if (title.toLowerCase().startsWith(word)) sum += 12;
    else if (has(title, word)) sum += 8;
    else if (has(kind, word)) sum += 4;
    else if (has(text, word)) sum += 1;
    else return 0;
  }
  return sum;
}

/**
 * @param {Entry[]} index
 * @param {string} query
 */
function search(index, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return [];
  return index
    .map((entry) => ({ entry, sum: fit(entry, words) }))
    .filter(({ sum }) => sum > 0)
    .sort((one, other) => other.sum - one.sum)
    .slice(0, MOST_RESULTS)
    .map(({ entry }) => entry);
}

/**
 * Return the words around the first word that was searched.
 * @param {string} text
 * @param {string} query
 */
function extract(text, query) {
  const at = text.toLowerCase().indexOf(query.toLowerCase().split(/\s+/)[0] ?? "");
  return at > 60 ? `… ${text.slice(at - 40, at + 120)}` : text.slice(0, 160);
}

/**
 * @param {string} tag
 * @param {string} words
 */
function part(tag, words) {
  return Object.assign(document.createElement(tag), { textContent: words });
}

/**
 * @param {Entry} entry
 * @param {string} query
 * @param {number} number
 */
function option([title, address, kind, text], query, number) {
  const row = document.createElement("li");
  row.id = `result-${number}`;
  row.setAttribute("role", "option");
  row.dataset.address = address;
  row.append(part("b", title), part("span", kind), part("small", extract(text, query)));
  return row;
}

class Search {
  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.dialog = dialog;
    this.input = /** @type {HTMLInputElement} */ (dialog.querySelector("input"));
    this.list = /** @type {HTMLElement} */ (dialog.querySelector("ul"));
    this.status = /** @type {HTMLElement} */ (dialog.querySelector(".none"));
    /** @type {Promise<Entry[]> | undefined} */
    this.index = undefined;
    this.chosen = 0;
    this.input.addEventListener("input", () => this.show());
    this.input.addEventListener("keydown", (event) => this.press(event));
    this.list.addEventListener("click", (event) => {
      const row = event.target instanceof Element && event.target.closest("li");
      if (row) this.follow(row);
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
  }

  open() {
    if (this.dialog.open) return;
    this.dialog.showModal();
    this.input.select();
    this.index ??= fetch("/api/docs/search.json").then((response) => response.json());
  }

  async show() {
    const query = this.input.value.trim();
    let found;
    try {
      found = search((await this.index) ?? [], query);
    } catch {
      this.index = undefined;
      this.status.textContent = "The search could not be loaded. Close it and try again.";
      return;
    }
    if (query !== this.input.value.trim()) return;
    this.list.replaceChildren(...found.map((entry, number) => option(entry, query, number)));
    this.input.setAttribute("aria-expanded", String(found.length > 0));
    const none = `Nothing has the words “${query}”. Try fewer or other words.`;
    this.status.textContent = query && !found.length ? none : "";
    this.choose(0);
  }

  /** @param {number} number */
  choose(number) {
    const rows = [...this.list.children];
    this.chosen = rows.length ? (number + rows.length) % rows.length : 0;
    rows.forEach((row, place) => {
      row.setAttribute("aria-selected", String(place === this.chosen));
    });
    this.input.setAttribute("aria-activedescendant", rows[this.chosen]?.id ?? "");
    rows[this.chosen]?.scrollIntoView({ block: "nearest", behavior: "instant" });
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    const step = steps[/** @type {keyof typeof steps} */ (event.key)];
    if (step) this.choose(this.chosen + step);
    else if (event.key === "Escape") this.dialog.close();
    else if (event.key === "Enter") this.follow(this.list.children[this.chosen]);
    else return;
    event.preventDefault();
  }

  /** @param {Element | undefined} row */
  follow(row) {
    if (!(row instanceof HTMLElement) || !row.dataset.address) return;
    this.dialog.close();
    location.href = row.dataset.address;
  }
}

function addSearch() {
  const dialog = document.querySelector("dialog");
  const button = document.querySelector("button.find");
  if (!dialog || !(button instanceof HTMLButtonElement)) return;
  const found = new Search(dialog);
  button.hidden = false;
  button.addEventListener("click", () => found.open());
  addEventListener("keydown", (event) => {
    const isTyping =
      event.target instanceof HTMLElement && event.target.matches("input[type=search]");
    const isSlash =
      event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey;
    const isK =
      event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey;
    if (!isSlash && !isK) return;
    event.preventDefault();
    found.open();
  });
}

forward();
addEventListener("hashchange", forward);
rememberLanguage();
addCopyButtons();
followReading();
prepareDrawer();
addSearch();
