// Suggesting colleagues while somebody types @ and a name.
//
//   <textarea data-mentions="LIST">
//   <div id="LIST" role="listbox" hidden> … <div role="option" data-handle="ann"> … </div>
//
// The list is on the page already, so nothing is asked while somebody types. Arrows choose, Enter or
// Tab takes, Escape closes. What ends a handle is told by domain/mention.py too.

const ENDS = "\\s@,;:!?…/\\\\|()\\[\\]{}<>\"'`*&#=+";
const BEGUN = new RegExp(`(?:^|[^\\p{L}\\p{N}_.+/@-])@([^${ENDS}]*)$`, "u");

let box = null; // that somebody types a name in now
let list = null;
let active = null;

function typed(area) {
  return BEGUN.exec(area.value.slice(0, area.selectionStart))?.[1];
}

function fits(option, name) {
  const words = [option.dataset.handle, ...option.textContent.toLowerCase().split(/[\s@]+/)];
  return words.some((word) => word.startsWith(name));
}

function shown() {
  return [...list.querySelectorAll("[role=option]:not([hidden])")];
}

function look(area) {
  const name = area.selectionStart === area.selectionEnd ? typed(area)?.toLowerCase() : undefined;
  const found = name === undefined ? null : document.getElementById(area.dataset.mentions);
  if (!found) return close();
  [box, list] = [area, found];
  for (const option of list.querySelectorAll("[role=option]")) option.hidden = !fits(option, name);
  const [first, ...others] = shown();
  const isWhole = first?.dataset.handle === name && others.length === 0;
  if (!first || isWhole) return close();
  list.hidden = false;
  choose(active && !active.hidden && list.contains(active) ? active : first);
}

function choose(option) {
  active?.setAttribute("aria-selected", "false");
  active = option;
  active.id ||= `colleague-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  active.setAttribute("aria-selected", "true");
  box.setAttribute("aria-activedescendant", active.id);
  active.scrollIntoView({ block: "nearest" });
}

function move(by) {
  const left = shown();
  choose(left.at((left.indexOf(active) + by) % left.length));
}

function take() {
  const area = box;
  const end = area.selectionStart;
  const start = end - typed(area).length;
  area.setRangeText(`${active.dataset.handle} `, start, end, "end");
  close();
  area.dispatchEvent(new Event("input", { bubbles: true }));
}

function close() {
  if (list) list.hidden = true;
  box?.removeAttribute("aria-activedescendant");
  active?.setAttribute("aria-selected", "false");
  box = list = active = null;
}

const KEYS = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Enter: take,
  Tab: take,
  Escape: close,
};

document.addEventListener(
  "keydown",
  (event) => {
    if (event.target !== box || event.isComposing || !KEYS[event.key]) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    event.preventDefault();
    event.stopPropagation();
    KEYS[event.key]();
  },
  { capture: true },
);

for (const moved of ["input", "click", "keyup"]) {
  document.addEventListener(moved, (event) => {
    if (event.key in KEYS) return;
    if (event.target.matches?.("textarea[data-mentions]")) look(event.target);
  });
}

document.addEventListener("focusout", (event) => {
  if (event.target === box) close();
});

// The box keeps the focus while an option is pressed.
document.addEventListener("mousedown", (event) => {
  const option = list && event.target.closest?.("[role=option]");
  if (!option || !list.contains(option)) return;
  event.preventDefault();
  choose(option);
  take();
});
