// What the feed and an event's page need besides Reflex: holding still, being seen, counting down,
// keys.
"use strict";

// <pp-hold> has the list and two hidden buttons, "hold" and "release". It presses one of them
// whenever somebody begins or ends to look at the list: so the server knows without being told of
// every move of the pointer.
class Hold extends HTMLElement {
  connectedCallback() {
    this.hovered = false;
    this.held = undefined;
    this.look = () => this.tell();
    addEventListener("scroll", this.look, { passive: true });
    this.onpointerover = (event) => this.hover(event.pointerType === "mouse");
    this.onpointerleave = () => this.hover(false);
    this.addEventListener("focusin", this.look);
    this.addEventListener("focusout", this.look);
    setTimeout(this.look); // once React has put everything in its place
  }

  disconnectedCallback() {
    removeEventListener("scroll", this.look);
  }

  hover(is) {
    this.hovered = is;
    this.tell();
  }

  tell() {
    if (!this.isConnected) return;
    const held = this.hovered || scrollY > 8 || this.querySelector(":focus-visible") !== null;
    if (held === this.held) return;
    this.held = held;
    this.querySelector(`:scope > button[value=${held ? "hold" : "release"}]`)?.click();
  }
}

customElements.define("pp-hold", Hold);

// <pp-in-sight> has two hidden buttons, "see" and "look_away". It presses one of them whenever the
// page comes in sight or goes out of it: what arrives in a tab behind another is read by nobody.
class InSight extends HTMLElement {
  connectedCallback() {
    this.told = undefined;
    this.look = () => this.tell();
    document.addEventListener("visibilitychange", this.look);
    setTimeout(this.look); // once React has put everything in its place
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.look);
  }

  tell() {
    const act = document.visibilityState === "visible" ? "see" : "look_away";
    if (!this.isConnected || act === this.told) return;
    this.told = act;
    this.querySelector(`:scope > button[value=${act}]`)?.click();
  }
}

customElements.define("pp-in-sight", InSight);

function remaining(seconds) {
  if (seconds <= 0) return "now";
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (hours) return `in ${hours} h ${minutes} min`;
  return minutes ? `in ${minutes} min ${seconds % 60} s` : `in ${seconds} s`;
}

const counting = new Set();

// <pp-countdown datetime="2026-03-06T10:30:00.000Z">
class Countdown extends HTMLElement {
  static observedAttributes = ["datetime"];

  connectedCallback() {
    counting.add(this);
    this.show();
  }

  disconnectedCallback() {
    counting.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.show();
  }

  show() {
    const at = new Date(this.getAttribute("datetime")).getTime();
    const text = Number.isNaN(at) ? "" : remaining(Math.ceil((at - Date.now()) / 1000));
    if (this.textContent !== text) this.textContent = text;
  }
}

customElements.define("pp-countdown", Countdown);
setInterval(() => counting.forEach((countdown) => countdown.show()), 1000);

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-to-top]")) scrollTo({ top: 0, behavior: "instant" });
});

const PATIENCE = 4000; // milliseconds that the rows down to the line may take to come

// Where somebody had read is found once its row is there; beyond the list's end it is its end.
function goToLine(until) {
  const line = document.querySelector(".unread-line")?.closest("[data-row]");
  if (!line && performance.now() < until) return requestAnimationFrame(() => goToLine(until));
  const row = line ?? [...document.querySelectorAll("[data-row]")].at(-1);
  row?.scrollIntoView({ block: line ? "center" : "end" });
  row?.querySelector("a[href]")?.focus({ preventScroll: true });
}

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-to-line]")) goToLine(performance.now() + PATIENCE);
});

// Whoever presses an act of a row by the keyboard is left in the row: the act gives way to another.
document.addEventListener("click", (event) => {
  const act = event.target.closest?.("[data-row-key]");
  if (!act || act !== document.activeElement || event.detail > 0) return;
  act.closest("[data-row]")?.querySelector("a[href]")?.focus();
});

// A key presses what has it as data-key: "p" stops the feed, "Escape" closes the event beside it.
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest?.("input, textarea, select, [contenteditable]")) return;
  if (document.querySelector("dialog[open], [role=dialog], [role=alertdialog]")) return;
  const pressed = document.querySelector(`[data-key="${CSS.escape(event.key)}"]`);
  if (!pressed?.checkVisibility()) return;
  event.preventDefault();
  pressed.click();
});

// An open websocket notices only after a while that the network is gone; the browser knows.
const tellNetwork = () => document.documentElement.toggleAttribute("data-offline", !navigator.onLine);
addEventListener("online", tellNetwork);
addEventListener("offline", tellNetwork);
tellNetwork();
