// Writing about an event (ui/pages/event/conversation.py).
//
//   <textarea data-send>    Ctrl-Enter or ⌘-Enter sends its form; Enter begins a line
//   <p data-count="2000">   tells how many characters there are, once they get near that many
//   <pp-comment sent="3">   its box is emptied when `sent` grows: the server has taken what was
//                           sent. What was typed since then stays.

const NEAR = 200; // characters
const TWICE = 2000; // milliseconds within which the same text is a second click

class Comment extends HTMLElement {
  static observedAttributes = ["sent"];

  connectedCallback() {
    this.addEventListener("submit", (event) => this.send(event), { capture: true });
    this.addEventListener("input", () => this.count());
  }

  attributeChangedCallback(_name, before) {
    const box = this.querySelector("textarea");
    if (before === null || !box || this.given === undefined) return;
    if (box.value.startsWith(this.given)) box.value = box.value.slice(this.given.length);
    this.given = undefined;
    this.count();
  }

  send(event) {
    const { value } = this.querySelector("textarea");
    if (value === this.given && performance.now() - this.at < TWICE) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    this.given = value;
    this.at = performance.now();
  }

  count() {
    const place = this.querySelector("[data-count]");
    const most = Number(place.dataset.count);
    const count = [...this.querySelector("textarea").value.trim()].length;
    const words = (number) => number.toLocaleString("en");
    place.textContent = count < most - NEAR ? "" : `${words(count)} of ${words(most)} characters`;
    place.toggleAttribute("data-over", count > most);
  }
}

customElements.define("pp-comment", Comment);

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.isComposing) return;
  if (!event.target.matches?.("textarea[data-send]")) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// A dialog's form is sent and done with; where it is refused, the dialog opens as it was left.
document.addEventListener("submit", (event) => event.target.closest("dialog[open]")?.close());
