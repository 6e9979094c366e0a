// Shows what is typed into a password's field, until the form is sent.

function reveal(button, shown) {
  document.getElementById(button.dataset.reveal).type = shown ? "text" : "password";
  button.firstElementChild.textContent = shown ? "Hide" : "Show";
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-reveal]");
  if (button) reveal(button, document.getElementById(button.dataset.reveal).type === "password");
});

// Browsers offer to keep what is in a password's field alone.
document.addEventListener(
  "submit",
  (event) => {
    for (const button of event.target.querySelectorAll("[data-reveal]")) reveal(button, false);
  },
  true,
);
