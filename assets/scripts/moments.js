// Times in the viewer's language, and in the zone that <pp-zone> names or else the browser's.

const STYLES = {
  exact: { dateStyle: "medium", timeStyle: "medium" },
  date: { dateStyle: "medium" },
  time: { timeStyle: "short" },
};
let formats = formatsIn("");

function formatsIn(timeZone) {
  const zoned = timeZone ? { timeZone } : {};
  const format = (style) => new Intl.DateTimeFormat(undefined, { ...style, ...zoned });
  return Object.fromEntries(Object.entries(STYLES).map(([name, style]) => [name, format(style)]));
}

// <pp-zone name="Europe/Berlin">; without a name, or with one that this browser does not know,
// times are in the browser's own zone.
class Zone extends HTMLElement {
  static observedAttributes = ["name"];

  attributeChangedCallback(_attribute, _before, name) {
    try {
      formats = formatsIn(name);
    } catch {
      formats = formatsIn("");
    }
    shown.forEach((moment) => moment.show());
  }
}

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
  return formats.date.format(at);
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
  exact: (at) => formats.exact.format(at),
  date: (at) => formats.date.format(at),
  time: (at) => formats.time.format(at),
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
    this.title = formats.exact.format(at);
  }
}

customElements.define("pp-time", Moment);
customElements.define("pp-zone", Zone);
setInterval(() => shown.forEach((moment) => moment.show()), 5000);
