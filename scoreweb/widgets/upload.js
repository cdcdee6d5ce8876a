// Gradio 6.31 offers more files by a button inside a button, with an untranslated name: two stops for the keyboard, and
// nothing that a screen reader can tell. The outer one becomes the button, the inner one falls silent.
const field = element.querySelector("[data-field]");

function mend() {
  for (const inner of document.querySelectorAll(`#${field.dataset.field} button button`)) {
    const outer = inner.parentElement.closest("button");
    if (inner.inert) continue;
    inner.inert = true;
    outer.title = field.dataset.more;
    outer.setAttribute("aria-label", field.dataset.more);
    outer.addEventListener("click", (event) => {
      if (!inner.contains(event.target)) inner.click();
    });
  }
}

// While files are on their way Gradio tells nobody, so the field itself is watched: "coming", then "arrived" or "failed".
let coming = false;
let settling = 0;

function follow() {
  const box = document.getElementById(field.dataset.field);
  const now = Boolean(box?.querySelector(".uploading"));
  if (now === coming) return;
  coming = now;
  clearTimeout(settling);
  if (now) return trigger("coming", {});
  settling = setTimeout(() => trigger(box?.querySelector(".error") ? "failed" : "arrived", {}), 300); // Gradio writes its word a moment later
}

// Gradio draws the field anew as it likes, so its whole surroundings are watched.
new MutationObserver(() => { mend(); follow(); }).observe(document.body, { childList: true, subtree: true });
mend();

// The camera of a phone: its photo is handed to the field as if it had been chosen there
element.querySelector("[data-camera]")?.addEventListener("click", () => {
  const camera = Object.assign(document.createElement("input"), { type: "file", accept: "image/*" });
  camera.setAttribute("capture", "environment");
  camera.addEventListener("change", () => {
    const input = document.querySelector(`#${field.dataset.field} input[type=file]`), files = new DataTransfer();
    if (!input || !camera.files.length) return;
    files.items.add(camera.files[0]);
    input.files = files.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
  camera.click();
});
