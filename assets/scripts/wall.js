// A screen on a wall runs for weeks and nobody touches it: it says how old its picture is, and comes
// back by itself.
//
// The server says something at least every fifteen seconds (ui/pages/wall/state.py). The page's own
// websocket comes back after an outage. Where that is not enough (another version, a lost state, an
// error in the page) nothing is said any more, and the page is loaded anew: only once the server has
// answered twice, or the browser would show an error of its own, from which nothing comes back.
"use strict";

const LATE = 45_000; // milliseconds without a word after which what is shown may be old
const LATEST = 600_000; // between two loadings
const LOOK = 5_000; // between two looks at whether the server answers
const TRIES = "pingpilot.wall"; // in sessionStorage: how often it was loaded anew in vain

const isWall = location.pathname.startsWith("/wall/");
let heard = Date.now();
let answers = 0;
let isAsking = false;

if (isWall) {
  const asked = new URLSearchParams(location.search).get("theme");
  document.documentElement.dataset.wall = asked === "light" ? "light" : "dark";
  setInterval(comeBack, LOOK);
}

function tries() {
  return Number(sessionStorage.getItem(TRIES)) || 0;
}

async function comeBack() {
  if (isAsking) return;
  const isDead = document.querySelector("[data-wall-dead]") !== null;
  if (isDead || Date.now() - heard < Math.min(LATE * 2 ** tries(), LATEST)) {
    answers = 0;
    return;
  }
  isAsking = true;
  answers = (await isThere()) ? answers + 1 : 0;
  isAsking = false;
  if (answers < 2) return;
  sessionStorage.setItem(TRIES, tries() + 1);
  location.reload();
}

async function isThere() {
  try {
    const signal = AbortSignal.timeout(LOOK - 1000);
    return (await fetch("/readyz", { cache: "no-store", signal })).ok;
  } catch {
    return false;
  }
}

// <pp-live beat="2026-03-06T10:30:00.000Z" lost="">: "Live", or "Reconnecting since 14:03".
class Live extends HTMLElement {
  static observedAttributes = ["beat", "lost"];

  connectedCallback() {
    this.timer = setInterval(() => this.show(), 1000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  attributeChangedCallback(name, before, after) {
    if (name === "beat" && after && after !== before) {
      heard = Date.now();
      sessionStorage.removeItem(TRIES);
    }
    if (this.isConnected) this.show();
  }

  show() {
    const lost = this.getAttribute("lost") || !navigator.onLine || Date.now() - heard > LATE;
    const state = lost ? "lost" : this.getAttribute("beat") ? "live" : "begins";
    if (this.dataset.state === state) return;
    this.dataset.state = state;
    this.textContent = { live: "Live", begins: "Connecting", lost: `Reconnecting since ${time(heard)}` }[
      state
    ];
  }
}

const HOUR = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

function time(at) {
  return HOUR.format(at);
}

// <pp-clock>: the time now.
class Clock extends HTMLElement {
  connectedCallback() {
    this.timer = setInterval(() => this.show(), 1000);
    this.show();
  }

  disconnectedCallback() {
    clearInterval(this.timer);
  }

  show() {
    const text = time(Date.now());
    if (this.textContent !== text) this.textContent = text;
  }
}

customElements.define("pp-live", Live);
customElements.define("pp-clock", Clock);
