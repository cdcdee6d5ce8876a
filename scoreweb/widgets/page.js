// English throughout, until the page speaks other languages: Gradio's own words would else follow the browser, and the
// page's language with them, so that screen readers read English as if it were German.
for (const [name, value] of [["language", "en"], ["languages", Object.freeze(["en"])]]) {
  Object.defineProperty(navigator, name, { get: () => value });
}
document.documentElement.lang = "en";

// Corrections live as long as the page: whoever leaves with some is asked first. Undo is possible where there are any.
// Asked before Gradio's own listener, which ends the session: whoever stays goes on with it.
window.addEventListener("beforeunload", (event) => {
  if (!document.querySelector("#sw-r-score [data-part=undo]:enabled, #sw-t-score [data-part=undo]:enabled")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });
