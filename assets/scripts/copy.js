// Copying, downloading, filling in suggestions, and what signing out leaves behind.

// The clipboard needs HTTPS or localhost; a PingPilot in a home network has neither.
async function copy(text) {
  if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr-only";
  (document.querySelector("[role=dialog]") ?? document.body).append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

// Made here, of what the page shows: nothing of it goes over the network again.
function download(name, text) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-fill], [data-download]");
  if (!button) return;
  if (button.dataset.download) {
    download(button.dataset.name, button.dataset.download);
    return;
  }
  if (button.dataset.fill) {
    document.getElementById(button.dataset.fill).value = button.dataset.value;
    return;
  }
  await copy(button.dataset.copy);
  button.dataset.copied = "";
  setTimeout(() => delete button.dataset.copied, 1500);
});

// The next person at this browser begins with a state of their own.
document.addEventListener("submit", (event) => {
  if (event.target.action?.endsWith("/auth/logout")) sessionStorage.clear();
});
