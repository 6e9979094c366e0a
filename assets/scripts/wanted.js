// A form may be sent before the page has heard which page is wanted after signing in: the address
// says it too. The server goes to pages of its own alone (sign_in/place.py).

document.addEventListener(
  "submit",
  (event) => {
    const field = event.target.elements.namedItem("next");
    if (field && !field.value) field.value = new URLSearchParams(location.search).get("next") ?? "";
  },
  true,
);
