// A token that is shown once. Runs as the js_on_load of a gr.HTML: element, props and watch are given by Gradio.
const $ = (name) => element.querySelector('[data-part="' + name + '"]');
let say = {}, unsaved = false;

function draw() {
  say = JSON.parse($('sentences').textContent);
  connect();
  const token = props.value && props.value.token ? props.value.token : '';
  $('root').hidden = !token;
  $('token').value = token;
  unsaved = Boolean(token);
  $('said').textContent = token ? say.unsaved : '';
}

const kept = (sentence) => { unsaved = false; $('said').textContent = sentence; };

function copy() {
  // The old way works where a frame may not use the clipboard
  const old = () => { $('token').select(); if (document.execCommand('copy')) kept(say.copied); };
  if (!navigator.clipboard) { old(); return; }
  navigator.clipboard.writeText($('token').value).then(() => kept(say.copied), old);
}

function save() {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([say.text + '\n' + location.origin + location.pathname + '\n\n' + $('token').value + '\n'], { type: 'text/plain' }));
  link.download = say.file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  kept(say.saved);
}

function connect() {
  // Gradio may have put a fresh template in place of the old one
  const root = $('root');
  if (root.dataset.ready) return;
  root.dataset.ready = 'yes';
  $('copy').addEventListener('click', copy);
  $('save').addEventListener('click', save);
  $('token').addEventListener('focus', () => $('token').select());
}

// Asked before Gradio's own listener, which ends the session: whoever stays goes on with it
window.addEventListener('beforeunload', (event) => {
  if (!unsaved || !element.isConnected) return;
  event.preventDefault();
  event.returnValue = '';
  event.stopImmediatePropagation();
}, { capture: true });
watch('value', draw);
draw();
