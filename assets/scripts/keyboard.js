// The keyboard, for pages as a whole and for lists.
//
//   ⌘K or Ctrl-K   the command palette          ?   what the keys do
//   g, then a key  to the page whose link in the navigation has data-go="KEY"
//
// A list that is to be walked through needs three attributes and nothing else:
//
//   <ol data-keys="list">          j and k move the focus from row to row, starting at the first
//     <li data-row> … <a> … </li>  row that can be seen; Enter follows the row's first link (or
//   </ol>                          button), which is what has the focus
//       … <button data-row-key="c">  c presses it in the row that has the focus
//   <input data-search>            / goes to the nearest one, Escape leaves it, back to the row
//
// A table does as well: data-keys on its <tbody>, data-row on its <tr>s. Rows may come and go.
// Nothing happens while somebody types, holds Ctrl, Alt or ⌘, or is asked something.

import { isAsking, open } from "./dialogs.js";

const CHORD = 1000; // milliseconds between g and the second key

let row = null; // where the list was left
let chordUntil = 0;

const ACTIONS = {
  j: () => step(1),
  k: () => step(-1),
  "/": search,
  "?": () => open("shortcuts"),
  g: () => {
    chordUntil = performance.now() + CHORD;
  },
};

function isTyping(target) {
  return target.isContentEditable || target.matches("input, textarea, select");
}

function isSeen(element) {
  const box = element.getBoundingClientRect();
  return box.height > 0 && box.bottom > 0 && box.top < window.innerHeight;
}

/** The row that has the focus, or had it when the list was left. */
function currentRow() {
  const focused = document.activeElement?.closest("[data-keys=list] [data-row]");
  return focused ?? (row?.isConnected ? row : null);
}

function step(by) {
  const from = currentRow();
  const list = from?.closest("[data-keys=list]") ?? visibleList();
  if (!list) return false;
  const rows = [...list.querySelectorAll("[data-row]")].filter((one) => one.checkVisibility());
  const next = from ? rows[rows.indexOf(from) + by] : (rows.find(isSeen) ?? rows[0]);
  if (next) enter(next);
  return true;
}

function visibleList() {
  return [...document.querySelectorAll("[data-keys=list]")].find((one) => one.checkVisibility());
}

function enter(next) {
  row = next;
  const link = next.matches("a, button") ? next : next.querySelector("a[href], button");
  (link ?? next).focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

/** Press what the row with the focus has for a key. */
function press(key) {
  const focused = document.activeElement?.closest("[data-keys=list] [data-row]");
  const pressed = focused?.querySelector(`[data-row-key="${CSS.escape(key)}"]`);
  if (!pressed) return false;
  pressed.click();
  return true;
}

function search() {
  row = currentRow();
  for (let near = row ?? document.body; near; near = near.parentElement) {
    const field = [...near.querySelectorAll("[data-search]")].find((one) => one.checkVisibility());
    if (!field) continue;
    field.focus();
    field.select?.();
    return true;
  }
  return false;
}

function leave(field) {
  field.blur();
  if (row?.isConnected) enter(row);
}

function go(key) {
  chordUntil = 0;
  const link = document.querySelector(`a[data-go="${CSS.escape(key)}"]`);
  link?.click();
  return link !== null;
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.defaultPrevented) return;
  if (event.key === "Escape" && event.target.matches?.("[data-search]")) leave(event.target);
  if (isAsking()) return;
  if ((event.metaKey || event.ctrlKey) && !event.shiftKey && !event.altKey && event.key === "k") {
    if (!document.getElementById("palette")) return;
    event.preventDefault();
    open("palette");
    return;
  }
  if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
  const act =
    performance.now() < chordUntil
      ? () => go(event.key)
      : (ACTIONS[event.key] ?? (event.repeat ? null : () => press(event.key)));
  if (act && act() !== false) event.preventDefault();
});

// Which of the two names of a key the pages show.
if (/Mac|iPhone|iPad/.test(navigator.platform)) document.documentElement.dataset.mac = "";
