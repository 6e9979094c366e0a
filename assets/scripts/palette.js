// The command palette: what is typed filters what is there, in the browser, at once.
//
// #palette is a <dialog> with a combobox and a listbox of links and buttons (components/palette.py).
// Options with data-typed stand for the typed text itself: data-typed="event" where it is an
// event's id, "search" for everything else.

const EVENT_ID = /^evt_[0-9a-z]{26}$/;

let active = null;
let moved = false; // by arrow or mouse, since the text was typed: what comes later does not undo it

function parts() {
  const dialog = document.getElementById("palette");
  return dialog && { dialog, input: dialog.querySelector("[role=combobox]") };
}

function options(dialog) {
  return [...dialog.querySelectorAll("[role=option]")];
}

function shown(dialog) {
  return options(dialog).filter((option) => !option.closest("[hidden]"));
}

function words(option) {
  return `${option.textContent} ${option.dataset.words ?? ""}`.toLowerCase();
}

function fits(option, typed) {
  const { typed: kind } = option.dataset;
  if (kind === "event") return EVENT_ID.test(typed);
  if (kind === "search") return typed !== "" && !EVENT_ID.test(typed);
  return typed.split(/\s+/).every((word) => words(option).includes(word));
}

function filter({ dialog, input }) {
  const typed = input.value.trim().toLowerCase();
  for (const echo of dialog.querySelectorAll("[data-echo]")) {
    if (echo.textContent !== input.value.trim()) echo.textContent = input.value.trim();
  }
  for (const option of options(dialog)) option.hidden = !fits(option, typed);
  for (const group of dialog.querySelectorAll("[role=group]")) {
    group.hidden = !group.querySelector("[role=option]:not([hidden])");
  }
  const left = shown(dialog);
  if (moved && left.includes(active)) return;
  const starts = (option) => typed && option.textContent.trim().toLowerCase().startsWith(typed);
  choose(input, left.find(starts) ?? left[0]);
}

function choose(input, option) {
  active?.removeAttribute("aria-selected");
  active = option ?? null;
  if (!active) return input.removeAttribute("aria-activedescendant");
  active.id ||= `palette-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  active.setAttribute("aria-selected", "true");
  input.setAttribute("aria-activedescendant", active.id);
  active.scrollIntoView({ block: "nearest" });
}

function move({ dialog, input }, by) {
  const left = shown(dialog);
  moved = true;
  choose(input, left.at((left.indexOf(active) + by) % left.length));
}

const KEYS = {
  ArrowDown: (palette) => move(palette, 1),
  ArrowUp: (palette) => move(palette, -1),
  Enter: () => active?.click(),
};

document.addEventListener("keydown", (event) => {
  const palette = parts();
  if (event.isComposing || event.target !== palette?.input || !KEYS[event.key]) return;
  event.preventDefault();
  KEYS[event.key](palette);
});

document.addEventListener("input", (event) => {
  const palette = parts();
  if (event.target !== palette?.input) return;
  moved = false;
  filter(palette);
});

document.addEventListener("mousemove", (event) => {
  const option = event.target.closest?.("#palette [role=option]");
  if (!option || option === active) return;
  moved = true;
  choose(parts().input, option);
});

// It opens empty; categories and keys come a moment later and are filtered too.
const arrivals = new MutationObserver(() => filter(parts()));

document.addEventListener("focusin", (event) => {
  const palette = parts();
  if (event.target !== palette?.input || palette.dialog.dataset.on === "") return;
  palette.dialog.dataset.on = "";
  palette.input.value = "";
  moved = false;
  filter(palette);
  arrivals.observe(palette.dialog.querySelector("[role=listbox]"), {
    childList: true,
    subtree: true,
  });
  palette.dialog.addEventListener(
    "close",
    () => {
      delete palette.dialog.dataset.on;
      arrivals.disconnect();
    },
    { once: true },
  );
});
