"use strict";

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// Light and dark

const root = document.documentElement;
const themeButton = document.getElementById("theme");
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

function stored() {
  try {
    return localStorage.getItem("llmcassette-theme");
  } catch {
    return null; // a page from a file may have no storage
  }
}

function showTheme() {
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : prefersDark.matches;
  themeButton.setAttribute("aria-pressed", String(dark));
}

if (["light", "dark"].includes(stored())) root.dataset.theme = stored();
showTheme();
prefersDark.addEventListener("change", showTheme);
themeButton.addEventListener("click", () => {
  root.dataset.theme = themeButton.getAttribute("aria-pressed") === "true" ? "light" : "dark";
  showTheme();
  try {
    localStorage.setItem("llmcassette-theme", root.dataset.theme);
  } catch {
    // the choice holds until the page is closed
  }
});

const contents = document.querySelector("details.contents");
contents.open = matchMedia("(min-width: 64rem)").matches;

for (const button of all("[data-toggles]")) {
  root.classList.toggle(button.dataset.toggles, button.getAttribute("aria-pressed") === "true");
  button.addEventListener("click", () => {
    const pressed = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(pressed));
    root.classList.toggle(button.dataset.toggles, pressed);
  });
}

// A link into a closed cassette opens it

function openTarget() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!target) return;
  for (let each = target; each; each = each.parentElement) {
    if (each instanceof HTMLDetailsElement) each.open = true;
  }
}

addEventListener("hashchange", openTarget);
openTarget();

// Filter by text

const search = document.getElementById("search");
const found = document.getElementById("found");
const items = all("[data-item]");
const groups = all("[data-group]");
const texts = new Map();
const opened = new Set();
let waiting = 0;

function textOf(item) {
  if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
  return texts.get(item);
}

function filter() {
  const words = search.value.trim().toLowerCase();
  for (const each of opened) each.open = false;
  opened.clear();
  let shown = 0;
  for (const item of items) {
    item.hidden = words !== "" && !textOf(item).includes(words);
    if (item.hidden) continue;
    shown += 1;
    if (words) reveal(item, words);
  }
  for (const entry of all("[data-entry]")) {
    entry.hidden = document.getElementById(entry.dataset.entry)?.hidden ?? false;
  }
  for (const group of groups) {
    group.hidden = !group.querySelector("[data-item]:not([hidden])");
    if (words && !group.hidden && group.matches("details:not([open])")) {
      group.open = true;
      opened.add(group);
    }
  }
  document.getElementById("nothing").hidden = shown > 0;
  found.value = words ? `${shown} of ${items.length}` : "";
  highlight(words);
}

function reveal(item, words) {
  for (const each of all("details:not([open])", item)) {
    if (each.textContent.toLowerCase().includes(words)) {
      each.open = true;
      opened.add(each);
    }
  }
}

function highlight(words) {
  if (!globalThis.Highlight) return;
  CSS.highlights.delete("found");
  if (words.length < 2) return;
  const marks = new Highlight();
  for (const item of items.filter((each) => !each.hidden)) {
    const walker = document.createTreeWalker(item, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && marks.size < 2000) {
      const text = walker.currentNode.data.toLowerCase();
      if (text.length !== walker.currentNode.length) continue; // some letters change their length
      for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + words.length)) {
        const range = new Range();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + words.length);
        marks.add(range);
      }
    }
  }
  CSS.highlights.set("found", marks);
}

search.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(filter, 120);
});
search.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    search.value = "";
    filter();
  }
});

// Timelines

let streams = null;
const NAMES = { text: "text", reasoning: "reasoning", call: "tool call" };

function milliseconds(value) {
  if (value < 1) return `${Math.round(value * 1000)} µs`;
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`;
}

class Timeline {
  constructor(element) {
    this.element = element;
    this.track = element.querySelector(".track");
    this.head = element.querySelector(".head");
    this.at = element.querySelector(".at");
    this.sofar = element.querySelector(".sofar");
    this.button = element.querySelector(".play");
    this.selected = 0;
    this.frame = 0;
  }

  // The marks are read when they are first needed.
  get marks() {
    if (!this.known) {
      streams ??= JSON.parse(document.getElementById("streams").textContent);
      this.known = streams[this.element.dataset.stream];
      this.timed = this.known[0][0] !== null;
      this.end = this.timed ? this.known.at(-1)[0] || 1 : this.known.length;
      this.joinTexts();
    }
    return this.known;
  }

  joinTexts() {
    let kind = "";
    this.whole = "";
    this.spans = this.known.map(([, , content, text]) => {
      if (kind && text && (content !== kind || text.startsWith("→ "))) this.whole += "\n";
      if (text) kind = content;
      const start = this.whole.length;
      this.whole += text;
      return [start, this.whole.length];
    });
  }

  place(index) {
    return this.timed ? this.marks[index][0] / this.end : (index + 0.5) / this.marks.length;
  }

  nearest(share) {
    let low = 0;
    let high = this.marks.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.place(middle) < share) low = middle + 1;
      else high = middle;
    }
    return low > 0 && share - this.place(low - 1) < this.place(low) - share ? low - 1 : low;
  }

  describe(index) {
    const [time, size, content, text] = this.marks[index];
    const words = [`${this.element.dataset.unit} ${index + 1} of ${this.marks.length}`];
    if (this.timed) words.push(`at ${milliseconds(time)}`);
    if (this.timed && index > 0) words.push(`+${milliseconds(time - this.marks[index - 1][0])}`);
    words.push(`${size.toLocaleString("en")} bytes`);
    words.push(text ? NAMES[content] ?? content : "nothing of the answer");
    return [words.join(" · "), text];
  }

  show(index) {
    const [words, text] = this.describe(index);
    this.head.hidden = false;
    this.head.style.left = `${this.place(index) * 100}%`;
    this.at.textContent = text ? `${words} ` : words;
    if (text) {
      const quote = document.createElement("q");
      quote.textContent = text.length > 120 ? `${text.slice(0, 120)}…` : text;
      this.at.append(quote);
    }
    this.track.setAttribute("aria-valuenow", String(index + 1));
    this.track.setAttribute("aria-valuetext", text ? `${words}: ${text.slice(0, 200)}` : words);
    if (!this.sofar.hidden) this.showText(index);
  }

  showText(index) {
    const [start, end] = this.spans[index];
    const now = document.createElement("mark");
    const later = document.createElement("span");
    later.className = "later";
    now.textContent = this.whole.slice(start, end);
    later.textContent = this.whole.slice(end);
    this.sofar.replaceChildren(this.whole.slice(0, start), now, later);
    this.sofar.scrollTop += now.offsetTop - this.sofar.offsetTop - this.sofar.scrollTop - 100;
  }

  select(index) {
    this.selected = Math.max(0, Math.min(this.marks.length - 1, index));
    this.sofar.hidden = this.whole === "";
    this.show(this.selected);
  }

  pointed(event) {
    const box = this.track.getBoundingClientRect();
    return this.nearest((event.clientX - box.left) / box.width);
  }

  press(event) {
    const page = Math.max(1, Math.round(this.marks.length / 10));
    const steps = {
      ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1,
      PageUp: page, PageDown: -page, Home: -Infinity, End: Infinity,
    };
    if (!(event.key in steps) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.stop();
    this.select(this.selected + steps[event.key]);
  }

  play() {
    if (this.frame) {
      this.stop();
      return;
    }
    this.button.textContent = "Stop";
    let index = -1;
    let began = null;
    const step = (now) => {
      began ??= now;
      const before = index;
      while (index + 1 < this.marks.length && this.marks[index + 1][0] <= now - began) index += 1;
      if (index !== before) this.select(index);
      if (index + 1 < this.marks.length) this.frame = requestAnimationFrame(step);
      else this.stop();
    };
    this.frame = requestAnimationFrame(step);
  }

  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = 0;
    if (this.button) this.button.textContent = "Play";
  }
}

const timelines = new WeakMap();

function timelineOf(target) {
  const element = target instanceof Element ? target.closest(".timeline") : null;
  if (element && !timelines.has(element)) timelines.set(element, new Timeline(element));
  return element ? timelines.get(element) : null;
}

const onTrack = (event) =>
  event.target instanceof Element && event.target.closest(".track") ? timelineOf(event.target) : null;

document.addEventListener("pointermove", (event) => {
  const line = onTrack(event);
  if (line && !line.frame) line.show(line.pointed(event));
});
document.addEventListener("pointerdown", (event) => {
  const line = onTrack(event);
  if (line) {
    line.stop();
    line.select(line.pointed(event));
  }
});
document.addEventListener("focusin", (event) => {
  const line = onTrack(event);
  if (line && !line.frame) line.select(line.selected);
});
document.addEventListener("keydown", (event) => onTrack(event)?.press(event));
document.addEventListener("click", (event) => {
  const play = event.target instanceof Element ? event.target.closest(".play") : null;
  if (play) timelineOf(play).play();
});
