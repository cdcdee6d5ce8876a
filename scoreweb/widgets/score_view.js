// A score on paper: notes and bars chosen by mouse, touch and keys, corrected, taken back, and followed while it is played.
// Runs as the js_on_load of a gr.HTML, after playback.js: element, trigger, props, server and watch are given by Gradio.
const $ = (name) => element.querySelector('[data-part="' + name + '"]');
const SVG = 'http://www.w3.org/2000/svg';
let say = {}, shown = null, groups = new Map(), selected = null, lit = new Set(), heardBar = null, tones = new Map();
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const percent = (share) => Math.round(100 * share);
const level = (certainty) => certainty >= shown.levels[0] ? 0 : certainty >= shown.levels[1] ? 1 : 2;
const clock = (seconds) => Math.floor(seconds / 60) + ':' + String(Math.floor(seconds % 60)).padStart(2, '0');
const still = matchMedia('(prefers-reduced-motion: reduce)');
const player = makePlayer({
  wanted: (kind) => trigger('sound_wanted', { kind, version: shown.version }),
  moment: light,
  changed: playing,
});

// ---- what is seen

function receive() {
  const value = props.value;
  if (value?.sound) {  // a sound that was asked for; the drawing stays
    if (shown && !$('root').dataset.ready) draw(shown);
    if (shown && value.sound.version === shown.version) player.arrived(value.sound);
  } else draw(value && value.pages ? value : null);
}

function draw(value) {
  say = JSON.parse($('sentences').textContent);
  connect();
  const before = shown && selected ? shown.notes[selected]?.midi : undefined;
  shown = value;
  $('root').hidden = !shown;
  if (!shown) { selected = null; groups = new Map(); $('paper').replaceChildren(); player.offer([], null); return; }
  const focused = $('root').contains(document.activeElement);
  $('paper').innerHTML = shown.pages.map((svg) => '<div class="page">' + svg + '</div>').join('');
  bars();
  notes();
  doubts();
  sources();
  $('edit').hidden = $('help').hidden = !shown.editable;
  $('undo').disabled = !shown.undo;
  $('redo').disabled = !shown.redo;
  const wanted = shown.selected || selected;
  selected = null;
  pickedText();
  player.offer(shown.sources, 'score');
  if (shown.bar !== null && shown.bar !== undefined) markBar(shown.bar);
  if (wanted && groups.has(wanted)) {
    choose(wanted, { focus: focused, quiet: true });
    const midi = shown.notes[wanted].midi;
    if (shown.selected && before !== undefined && midi !== before) strike(wanted);
  } else if (shown.order.length) groups.get(shown.order[0])?.setAttribute('tabindex', '0');
}

function bars() {
  const pages = [...$('paper').querySelectorAll('.page > svg')];
  shown.bars.forEach((bar, index) => {
    const page = pages[bar.page], [x0, y0, x1, y1] = bar.box;
    if (!page || x1 <= x0) return;
    const rect = document.createElementNS(SVG, 'rect'), room = bar.level ? 4 : 0;
    const place = { x: x0 + 1, y: y0 - 12, width: x1 - x0 - 2, height: y1 - y0 + 24, rx: room };
    for (const [name, value] of Object.entries(place)) rect.setAttribute(name, value);
    rect.setAttribute('class', 'bar d' + bar.level);
    rect.dataset.bar = index;
    rect.addEventListener('click', () => pickBar(index));
    page.insertBefore(rect, page.querySelector('svg'));
  });
}

function notes() {
  groups = new Map();
  for (const group of $('paper').querySelectorAll('g[data-id]')) {
    const id = group.dataset.id, note = shown.notes[id];
    if (!note || groups.has(id)) continue;
    groups.set(id, group);
    group.classList.add('note-like', 'd' + level(note.certainty));
    const hit = group.querySelector(':scope > rect.hit'), box = hit && group.getBBox();
    if (box?.width) {  // a fingertip is wider than a notehead; the stem belongs to it
      const pad = 60, place = { x: box.x - pad, y: box.y - pad / 2, width: box.width + 2 * pad, height: box.height + pad };
      for (const [name, value] of Object.entries(place)) hit.setAttribute(name, value);
    }
    group.setAttribute('tabindex', '-1');
    group.setAttribute('role', 'button');
    group.setAttribute('aria-label', note.label);
    group.addEventListener('click', (event) => { event.stopPropagation(); choose(id, { focus: true }); strike(id); });
  }
}

const button = (text, className, act) => {
  const made = document.createElement('button');
  made.type = 'button';
  made.className = className;
  made.textContent = text;
  made.addEventListener('click', act);
  return made;
};

function doubts() {
  $('doubts').replaceChildren(...shown.doubts.slice(0, 12).map((doubt) => {
    const row = document.createElement('span');
    row.className = 'doubt row';
    row.append(button(doubt.text, 'd' + doubt.level, () => goTo(doubt)));
    if (doubt.id && shown.editable) row.append(...alternatives(doubt.id));
    return row;
  }));
  $('more').textContent = shown.doubts.length > 12 ? fill(say.more, { count: shown.doubts.length - 12 }) : '';
  $('legend').hidden = !shown.doubts.length && !Object.values(shown.notes).some((note) => level(note.certainty));
}

function alternatives(id) {
  return shown.notes[id].others.map(([midi, name, certainty]) => {
    const made = button(fill(say.instead, { name, certainty: percent(certainty) }), 'other', () => edit(id, { kind: 'pitch', midi }));
    made.dataset.midi = midi;
    return made;
  });
}

function sources() {
  $('sources').hidden = shown.sources.length < 2;
  $('sources').replaceChildren(...shown.sources.map((source) => {
    const made = button(say.sources[source.kind], 'source', () => player.choose(source.kind));
    made.dataset.kind = source.kind;
    return made;
  }));
  $('player').hidden = !shown.sources.length;
}

// ---- what is chosen

function choose(id, { focus = false, quiet = false } = {}) {
  const group = groups.get(id);
  if (!group) return;
  for (const other of groups.values()) { other.setAttribute('tabindex', '-1'); other.classList.remove('selected'); other.removeAttribute('aria-pressed'); }
  group.setAttribute('tabindex', '0');
  group.setAttribute('aria-pressed', 'true');
  group.classList.add('selected');
  selected = id;
  pickedText();
  markBar(shown.notes[id].bar);
  if (focus) group.focus({ preventScroll: false });
  if (quiet) return;
  player.seekNote(id);
  tellBar(shown.notes[id].bar);
  trigger('picked', { id });
}

function pickedText() {
  const note = selected && shown.notes[selected];
  $('picked').textContent = note ? fill(say.picked, { label: note.label, number: shown.bars[note.bar]?.number ?? '' }) : say.pick;
  $('readings').replaceChildren(...(note && shown.editable ? alternatives(selected) : []));
  for (const tool of $('edit').querySelectorAll('[data-edit]')) tool.disabled = !note || (note.midi === null && !tool.dataset.edit.includes('remove'));
}

function markBar(index) {
  for (const rect of $('paper').querySelectorAll('rect.bar')) rect.classList.toggle('chosen', Number(rect.dataset.bar) === index);
  const own = $('paper').querySelector('rect.bar.chosen');
  if (!own) return;
  // The paper is scrolled, not the page that the visitor looks at
  const box = own.getBoundingClientRect(), paper = $('paper').getBoundingClientRect();
  if (box.top < paper.top || box.bottom > paper.bottom) $('paper').scrollTop += box.top - paper.top - 40;
  if (box.left < paper.left || box.right > paper.right) $('paper').scrollLeft += box.left - paper.left - 40;
}

// A picture of the page beside the score marks the same bar
function tellBar(bar) {
  if (shown.linked) window.dispatchEvent(new CustomEvent('scoreweb:bar', { detail: { bar, from: 'score' } }));
}

function pickBar(index) {
  markBar(index);
  tellBar(index);
  player.seekBar(index);
  trigger('bar_picked', { bar: index, number: shown.bars[index].number });
}

function goTo(doubt) {
  if (doubt.id) { choose(doubt.id, { focus: true }); return; }
  pickBar(doubt.bar);
  const first = shown.order.find((id) => shown.notes[id].bar === doubt.bar);
  if (first) choose(first, { focus: true, quiet: true });
}

// ---- what is corrected: the keys are those of MuseScore

function edit(id, what) {
  if (!shown.editable || !shown.notes[id]) return;
  if (selected !== id) choose(id, { quiet: true });
  trigger('edited', { id, ...what });
}

function keyed(event) {
  const id = event.target.closest('g.note-like')?.dataset.id, ctrl = event.ctrlKey || event.metaKey;
  if (event.key === ' ' && event.target.closest('[data-part="paper"]')) player.toggle();
  else if (!id) return;
  else if (event.altKey && !(event.shiftKey && event.key.startsWith('Arrow'))) return;
  else if (!(moved(event, id, ctrl) || edited(event, id, ctrl))) return;
  event.preventDefault();
}

function moved(event, id, ctrl) {
  const on = { ArrowRight: 1, ArrowLeft: -1 }[event.key], at = shown.order.indexOf(id), bar = shown.notes[id].bar;
  let other = null;
  if (event.altKey) return false;
  if (event.key === 'Home') other = shown.order[0];
  else if (event.key === 'End') other = shown.order.at(-1);
  else if (on && ctrl) {
    const near = on > 0 ? shown.order.find((one) => shown.notes[one].bar > bar) : shown.order.findLast((one) => shown.notes[one].bar < bar);
    other = near && shown.order.find((one) => shown.notes[one].bar === shown.notes[near].bar);
  } else if (on) other = shown.order[at + on];
  else if (!ctrl && event.key.toLowerCase() === 'n') { nextDoubt(id); return true; }
  else if (event.key === 'Enter') { strike(id); return true; }
  else return false;
  if (other) choose(other, { focus: true });
  return true;
}

function nextDoubt(id) {
  if (!shown.doubts.length) return;
  const own = shown.doubts.findIndex((doubt) => doubt.id === id || (!doubt.id && doubt.bar === shown.notes[id].bar));
  goTo(shown.doubts[(own + 1) % shown.doubts.length]);
}

function edited(event, id, ctrl) {
  const up = { ArrowUp: 1, ArrowDown: -1 }[event.key], alter = { '+': 1, '-': -1, '=': 0 }[event.key];
  if (!shown.editable) return false;
  if (up && event.altKey) edit(id, { kind: 'step', by: up });
  else if (up) edit(id, { kind: 'transpose', by: ctrl ? 12 * up : up });
  else if (ctrl) return false;
  else if (alter !== undefined) edit(id, { kind: 'accidental', alter });
  else if (/^[a-g]$/i.test(event.key)) edit(id, { kind: 'letter', letter: event.key.toUpperCase() });
  else if (event.key === 'Delete' || event.key === 'Backspace') edit(id, { kind: 'remove' });
  else return false;
  return true;
}

// Ctrl+Z belongs to the score that is on the screen, wherever the focus is, but for fields with an undo of their own
function takenBack(event) {
  if (!shown?.editable || $('root').offsetParent === null || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  if (event.target.closest?.('input:not([type=range]), textarea, [contenteditable]')) return;
  const name = event.key.toLowerCase();
  if (name === 'z' && !event.shiftKey) takeBack('undo');
  else if (name === 'y' || name === 'z') takeBack('redo');
  else return;
  event.preventDefault();
}

function takeBack(which) {
  if (which === 'undo' && shown.undo) trigger('undone', {});
  if (which === 'redo' && shown.redo) trigger('redone', {});
}

// ---- what is heard

async function strike(id) {
  const midi = shown.notes[id].midi;
  if (midi === null || player.state !== 'idle') return;
  element.dataset.struck = id;
  if (!tones.has(midi)) tones.set(midi, server.tone(midi).catch(() => null));
  const address = await tones.get(midi);
  if (address && player.state === 'idle') new Audio(address).play().catch(() => {});
}

function playing() {
  if (!shown || !$('play')) return;
  const at = player.at(), end = player.end(), state = player.state;
  $('play').textContent = state === 'idle' ? say.play : state === 'waiting' ? say.waiting : say.pause;
  element.dataset.playing = state === 'playing' ? player.kind : '';
  for (const one of $('sources').children) one.setAttribute('aria-pressed', String(one.dataset.kind === player.kind));
  $('seek').value = end ? Math.round(1000 * at / end) : 0;
  $('seek').setAttribute('aria-valuetext', clock(at));
  $('time').textContent = clock(at / player.speed) + ' / ' + clock(end / player.speed);
}

function light(on, bar) {
  for (const id of lit) if (!on.has(id)) groups.get(id)?.classList.remove('playing');
  for (const id of on) if (!lit.has(id)) groups.get(id)?.classList.add('playing');
  lit = on;
  element.dataset.sounding = [...on].join(' ');
  if (bar === heardBar) return;
  heardBar = bar;
  if (bar !== null) reveal($('paper').querySelector('rect.bar[data-bar="' + bar + '"]'));
  if (!shown || shown.linked) window.dispatchEvent(new CustomEvent('scoreweb:sounding', { detail: { bar } }));
}

// What sounds is kept in sight: in the paper, and the paper in the window
function reveal(node) {
  if (!node) return;
  const box = node.getBoundingClientRect(), paper = $('paper').getBoundingClientRect();
  const high = Math.max(0, paper.top), low = Math.min(innerHeight, paper.bottom);
  const seen = box.top >= high && (box.bottom <= low || box.height > low - high) && box.left >= paper.left - 4 && box.right <= paper.right + 4;
  if (!seen || box.top > low) node.scrollIntoView({ block: 'center', inline: 'nearest', behavior: still.matches ? 'auto' : 'smooth' });
}

function connect() {
  // Gradio may have put a fresh template in place of the old one
  const root = $('root');
  if (root.dataset.ready) return;
  root.dataset.ready = 'yes';
  $('play').addEventListener('click', player.toggle);
  $('paper').addEventListener('keydown', keyed);
  $('seek').addEventListener('input', () => player.seek(Number($('seek').value) / 1000 * player.end()));
  $('tempo').addEventListener('input', () => { player.tempo(Number($('tempo').value) / 100); $('percent').textContent = $('tempo').value + ' %'; });
  $('undo').addEventListener('click', () => takeBack('undo'));
  $('redo').addEventListener('click', () => takeBack('redo'));
  for (const tool of $('edit').querySelectorAll('[data-edit]')) tool.addEventListener('click', () => selected && edit(selected, JSON.parse(tool.dataset.edit)));
}

window.addEventListener('keydown', takenBack);
window.addEventListener('scoreweb:bar', (event) => { if (shown?.linked && event.detail.from !== 'score') { markBar(event.detail.bar); player.seekBar(event.detail.bar); } });
watch('value', receive);
receive();
