// Browsers keep a page whole to show it again by the back button, and whoever it was of may have
// signed out since. So it is covered when it is left, and loaded anew when it comes back: the server
// knows who is signed in.

addEventListener("pagehide", ({ persisted }) => {
  if (persisted) document.documentElement.hidden = true;
});

addEventListener("pageshow", ({ persisted }) => {
  if (persisted) location.reload();
});
