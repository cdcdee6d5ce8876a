// The language that the server chose by what the browser asks for, and in which it made the page: Gradio's own words follow
// the browser's settings, which may name one that this page does not speak first, and the page's language would be told wrong.
for (const [name, value] of [["language", LANGUAGE], ["languages", Object.freeze([LANGUAGE])]]) {
  Object.defineProperty(navigator, name, { get: () => value });
}
document.documentElement.lang = LANGUAGE;

// Corrections live little longer than the page: whoever leaves with some is asked first. Undo is possible where there are any.
// Asked before Gradio's own listener, which ends the session: whoever stays goes on with it.
window.addEventListener("beforeunload", (event) => {
  if (!document.querySelector("#sw-r-score [data-part=undo]:enabled, #sw-t-score [data-part=undo]:enabled")) return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, { capture: true });

// A link back to the workspace: its token lies with this tab of the browser (see returning.py), behind the # of the link, which no server logs
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-link]"), token = sessionStorage.getItem("scoreweb-workspace");
  if (!button || !token) return;
  const link = location.origin + location.pathname + "#workspace=" + token;
  button.dataset.link = link;
  try {
    await navigator.clipboard.writeText(link);
    button.textContent = button.dataset.done;
  } catch {  // a page without https may not write there: the link is shown to be copied by hand
    const field = document.createElement("input");
    field.readOnly = true;
    field.value = link;
    field.setAttribute("aria-label", button.textContent);
    button.replaceWith(field);
    field.select();
  }
});
