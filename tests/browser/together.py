"""Several people at once, each in a browser of their own, and when one sees what another does."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, Page

from tests.browser.conftest import TIMEOUT
from tests.browser.people import Person

# All on one machine: every browser's clock is the system's, and so is time.time().
_NOTE_CLICKS = """addEventListener("click", () => {
  window.clickedAt = performance.timeOrigin + performance.now();
}, { capture: true });"""
_LOOK_OUT = """([selector, text]) => {
  window.sight = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`never saw ${selector}: ${text}`)), 20_000);
    const found = (one) => one.textContent.includes(text);
    const observer = new MutationObserver(() => look());
    const look = () => {
      if (![...document.querySelectorAll(selector)].some(found)) return;
      observer.disconnect();
      resolve(performance.timeOrigin + performance.now());
    };
    observer.observe(document.body, {
      childList: true, subtree: true, attributes: true, characterData: true,
    });
    look();
  });
}"""


@dataclass
class Onlooker:
    """A page of somebody who is signed in. Times are milliseconds since 1970."""

    page: Page

    def look_out(self, selector: str, text: str = "") -> None:
        """Begin to wait for an element that holds `text`."""
        self.page.evaluate(_LOOK_OUT, [selector, text])

    @property
    def seen_at(self) -> float:
        """Wait until it is there, and return when it came into the page."""
        at: float = self.page.evaluate("sight")
        return at

    def look_away(self) -> None:
        """Leave the list alone: while somebody looks at it, new events wait above it."""
        self.page.mouse.move(1, 1)
        self.page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
        self.page.wait_for_function("() => !document.querySelector('pp-hold').held")

    def click(self, name: str) -> float:
        """Press a button of the event and return when that was."""
        conversation = self.page.get_by_role("region", name="Conversation")
        conversation.get_by_role("button", name=name, exact=True).click()
        at: float = self.page.evaluate("clickedAt")
        return at

    def say(self, text: str) -> float:
        """Write a comment and return when it was sent."""
        self.page.get_by_role("textbox", name="Comment").fill(text)
        return self.click("Comment")

    def resolve(self, note: str) -> float:
        """Resolve the event with a note and return when that was sent."""
        self.click("Resolve…")
        self.page.get_by_label("What was done").fill(note)
        return self.click("Resolve")


def onlooker(browser: Browser, person: Person, **context: Any) -> Onlooker:
    """Return a page of this person, in a window wide enough for an event beside the feed."""
    opened = browser.new_context(viewport={"width": 1440, "height": 900}, **context)
    opened.set_default_timeout(TIMEOUT)
    opened.add_cookies(person.cookies)
    opened.add_init_script(_NOTE_CLICKS)
    return Onlooker(opened.new_page())
