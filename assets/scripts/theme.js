// The colour of the browser's own bar follows the theme that was chosen, not the system's alone.

const root = document.documentElement;

function tint() {
  const { backgroundColor } = getComputedStyle(document.body);
  for (const meta of document.querySelectorAll("meta[name=theme-color]")) {
    meta.content = backgroundColor;
  }
}

new MutationObserver(tint).observe(root, { attributeFilter: ["class", "style"] });
tint();
