// The browser's own <dialog>s. It makes the rest inert, closes on Escape and gives the focus back.
//
//   <button data-opens="ID">   opens the dialog with this id (and closes the one it is in)
//   <button data-closes>       closes the dialog it is in
//
// A click beside a dialog closes it, and so does following a link in it. Tab stays inside.

const REACHED = "a[href], button, input, select, textarea, [tabindex]";

export function open(id) {
  const dialog = document.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return;
  shut();
  dialog.showModal();
}

/** Whether any dialog is open, of the browser's or of the library's. */
export function isAsking() {
  return document.querySelector("dialog[open], [role=dialog], [role=alertdialog]") !== null;
}

function shut() {
  document.querySelector("dialog[open]")?.close();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) return open(opener.dataset.opens);
  const dialog = event.target.closest("dialog[open]");
  if (!dialog) return;
  if (event.target === dialog || event.target.closest("a[href], [role=option], [data-closes]")) {
    dialog.close();
  }
});

document.addEventListener("keydown", (event) => {
  const dialog = document.querySelector("dialog[open]");
  if (event.key !== "Tab" || !dialog) return;
  const reached = [...dialog.querySelectorAll(REACHED)].filter(
    (one) => one.tabIndex >= 0 && one.checkVisibility(),
  );
  const [first, last] = [reached[0], reached.at(-1)];
  const edge = event.shiftKey ? first : last;
  if (document.activeElement !== edge && dialog.contains(document.activeElement)) return;
  event.preventDefault();
  (event.shiftKey ? last : first)?.focus();
});
