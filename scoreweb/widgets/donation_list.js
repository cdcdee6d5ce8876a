// Donations as cards. Runs as the js_on_load of a gr.HTML: element, trigger, props and watch are given by Gradio.
const $ = (name) => element.querySelector('[data-part="' + name + '"]');
let say = {}, cards = new Map();
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const make = (name, parts, ...children) => {
  const made = Object.assign(document.createElement(name), parts);
  made.append(...children);
  return made;
};

function draw() {
  say = JSON.parse($('sentences').textContent);
  connect();
  if (props.value && props.value.opened) { open(props.value.opened); return; }
  const shown = props.value && props.value.cards ? props.value.cards : [];
  $('root').hidden = !shown.length;
  cards = new Map(shown.map((one) => [one.id, card(one)]));
  $('cards').replaceChildren(...cards.values());
  count();
}

function card(one) {
  const when = new Date(one.when), local = when.toLocaleString(document.documentElement.lang || [], { dateStyle: 'medium', timeStyle: 'short' });
  const time = make('time', { dateTime: one.when, title: one.when, textContent: local });
  const tick = make('input', { type: 'checkbox', value: one.id, ariaLabel: fill(say.choose, { name: one.name, when: local }) });
  tick.addEventListener('change', count);
  const picture = one.thumbnail ? make('img', { src: one.thumbnail, alt: '', className: 'thumb' })
    : make('span', { className: 'thumb wave', ariaHidden: 'true', textContent: one.kind === 'audio' ? '♪' : '▤' });
  const told = make('div', { className: 'told' }, make('b', { textContent: one.name }), time,
    make('span', { className: 'state', textContent: one.state }), ...one.facts.map((fact) => make('span', { textContent: fact })));
  const button = make('button', { type: 'button', textContent: say.open, ariaExpanded: 'false', ariaLabel: fill(say.open_one, { name: one.name, when: local }) });
  const details = make('div', { className: 'details', hidden: true });
  button.addEventListener('click', () => {
    if (!details.hidden) { details.hidden = true; button.textContent = say.open; button.ariaExpanded = 'false'; return; }
    button.textContent = say.opening;
    trigger('opened', { id: one.id });
  });
  return make('li', {}, make('label', { className: 'pick' }, tick), picture, told, button, details);
}

function open(found) {
  const item = cards.get(found.id);
  if (!item) return;
  const details = item.querySelector('.details'), button = item.querySelector(':scope > button');
  details.innerHTML = found.html;  // made and escaped by the server
  if (found.url) details.append(make('a', { href: found.url, download: found.name, textContent: say.download, className: 'get' }));
  details.hidden = false;
  button.textContent = say.close;
  button.ariaExpanded = 'true';
}

const picked = () => [...$('cards').querySelectorAll('.pick input:checked')].map((one) => one.value);

function count() {
  const ids = picked();
  for (const [id, item] of cards) item.classList.toggle('picked', ids.includes(id));
  $('count').textContent = ids.length ? fill(ids.length === 1 ? say.one : say.several, { count: ids.length }) : say.none;
  $('remove').disabled = !ids.length;
  $('sure').hidden = true;
}

function connect() {
  // Gradio may have put a fresh template in place of the old one
  const root = $('root');
  if (root.dataset.ready) return;
  root.dataset.ready = 'yes';
  $('remove').addEventListener('click', () => {
    $('question').textContent = fill(say.question, { count: picked().length });
    $('sure').hidden = false;
    $('no').focus();
  });
  $('no').addEventListener('click', () => { $('sure').hidden = true; $('remove').focus(); });
  $('yes').addEventListener('click', () => { $('sure').hidden = true; trigger('removal_wanted', { ids: picked() }); });
}

watch('value', draw);
draw();
