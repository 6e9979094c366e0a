// Times in the viewer's own zone and language.

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const DATE = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
const TIME = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });
const UNITS = [
  ["second", 60],
  ["minute", 60],
  ["hour", 24],
  ["day", 7],
];

function relative(at) {
  let amount = (at - Date.now()) / 1000;
  if (Math.abs(amount) < 5) return "now";
  for (const [unit, size] of UNITS) {
    if (Math.abs(amount) < size) return RELATIVE.format(Math.trunc(amount), unit);
    amount /= size;
  }
  return DATE.format(at);
}

const COUNTDOWN = new Intl.RelativeTimeFormat("en", { numeric: "always" });

// In whole days however many, then hours, then minutes.
function countdown(at) {
  const minutes = Math.max(0, (at - Date.now()) / 60_000);
  if (minutes >= 2 * 1440) return COUNTDOWN.format(Math.floor(minutes / 1440), "day");
  if (minutes >= 120) return COUNTDOWN.format(Math.floor(minutes / 60), "hour");
  return COUNTDOWN.format(Math.ceil(minutes), "minute");
}

const FORMS = {
  relative,
  countdown,
  exact: (at) => EXACT.format(at),
  date: (at) => DATE.format(at),
  time: (at) => TIME.format(at),
};

const shown = new Set();

// <pp-time datetime="2026-03-06T10:30:00.000Z" form="relative|countdown|exact|date|time">
class Moment extends HTMLElement {
  static observedAttributes = ["datetime", "form"];

  connectedCallback() {
    shown.add(this);
    this.show();
  }

  disconnectedCallback() {
    shown.delete(this);
  }

  attributeChangedCallback() {
    if (this.isConnected) this.show();
  }

  show() {
    const at = new Date(this.getAttribute("datetime"));
    if (Number.isNaN(at.getTime())) {
      this.textContent = "";
      return;
    }
    const text = (FORMS[this.getAttribute("form")] ?? relative)(at);
    if (this.textContent !== text) this.textContent = text;
    this.title = EXACT.format(at);
  }
}

customElements.define("pp-time", Moment);
setInterval(() => shown.forEach((moment) => moment.show()), 5000);
