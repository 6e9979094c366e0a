// Code in several languages, a tab for each.

const LANGUAGE = "pingpilot.language"; // in localStorage: a choice, not a secret

// <pp-tabs>: tabs as https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ has them. What is chosen in
// one is chosen in all, and remembered.
class Tabs extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", this.onClick);
    this.addEventListener("keydown", this.onKey);
    const chosen = localStorage.getItem(LANGUAGE);
    if (chosen) this.show(chosen);
  }

  disconnectedCallback() {
    this.removeEventListener("click", this.onClick);
    this.removeEventListener("keydown", this.onKey);
  }

  tabs() {
    return [...this.querySelectorAll("[role=tab]")];
  }

  show(name) {
    if (!this.tabs().some((tab) => tab.dataset.tab === name)) return;
    for (const tab of this.tabs()) {
      const chosen = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", chosen);
      tab.tabIndex = chosen ? 0 : -1;
      document.getElementById(tab.getAttribute("aria-controls")).hidden = !chosen;
    }
  }

  choose(tab) {
    localStorage.setItem(LANGUAGE, tab.dataset.tab);
    for (const tabs of document.querySelectorAll("pp-tabs")) tabs.show(tab.dataset.tab);
  }

  onClick(event) {
    const tab = event.target.closest("[role=tab]");
    if (tab) this.choose(tab);
  }

  onKey(event) {
    const tabs = this.tabs();
    const at = tabs.indexOf(event.target.closest("[role=tab]"));
    const last = tabs.length - 1;
    const to = { ArrowRight: at < last ? at + 1 : 0, ArrowLeft: at > 0 ? at - 1 : last, Home: 0, End: last };
    if (at < 0 || !(event.key in to)) return;
    event.preventDefault();
    this.choose(tabs[to[event.key]]);
    tabs[to[event.key]].focus();
  }
}

customElements.define("pp-tabs", Tabs);
