// A score on paper: notes and bars chosen by mouse, touch and keys, corrected, taken back, and followed while it is played.
// Runs as the js_on_load of a gr.HTML, after crossfade.js, playback.js, score_keys.js and score_tools.js: element, trigger, props, server and watch are given by Gradio.
const $ = (name) => element.querySelector('[data-part="' + name + '"]');
const SVG = 'http://www.w3.org/2000/svg';
let say = {}, shown = null, newest = 0, groups = new Map(), lit = new Set(), heardBar = null, tones = new Map();
const systems = new Map();  // drawn systems that came once, by key
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const percent = (share) => Math.round(100 * share);
const level = (certainty) => certainty >= shown.levels[0] ? 0 : certainty >= shown.levels[1] ? 1 : 2;
const clock = (seconds) => Math.floor(seconds / 60) + ':' + String(Math.floor(seconds % 60)).padStart(2, '0');
const still = matchMedia('(prefers-reduced-motion: reduce)');
const zoom = makeZoom($, 'paper');
const player = makePlayer({
  wanted: (kind) => trigger('sound_wanted', { kind, version: shown.version, quiet: quiet() }),
  beats: () => ($('count').checked ? shown.count : null),
  moment: light,
  changed: playing,
});

// ---- what is seen

function receive() {
  const value = props.value;
  for (const page of value?.pages || []) if (page.svg) systems.set(page.key, page.svg);
  if (value?.sound) {  // a sound that was asked for; the drawing stays
    if (shown && !$('root').dataset.ready) draw(shown);
    if (shown && value.sound.version === shown.version && String(value.sound.quiet || []) === String(quiet())) player.arrived(value.sound);
  } else if (value?.pages ? !(value.turn < newest) : !value?.answers) draw(value?.pages ? value : null);  // an older drawing may arrive after a newer one
  if (value?.answers) answered(value.answers);
}

function draw(value) {
  say = JSON.parse($('sentences').textContent);
  connect();
  if (value?.pages.some((page) => !systems.has(page.key))) { trigger('pages_wanted', {}); return; }
  const before = shown && selected ? shown.notes[selected]?.midi : undefined;
  shown = value;
  newest = shown?.turn ?? newest;
  $('root').hidden = !shown;
  if (!shown) { selected = null; many = []; groups = new Map(); $('paper').replaceChildren(); player.offer([], null); return; }
  const focused = $('root').contains(document.activeElement);
  papers();
  bars();
  notes();
  doubts();
  sources();
  mix();
  $('edit').hidden = $('help').hidden = !shown.editable;
  $('undo').disabled = !shown.undo;
  $('redo').disabled = !shown.redo;
  const wanted = shown.selected || selected, chosen = many;
  selected = null;
  many = [];
  player.offer(shown.sources, 'score');
  const bar = ownBar(shown.bar);
  if (wanted && groups.has(wanted)) {
    const took = focused && !document.activeElement?.closest?.('[data-part="edit"], [data-part="player"], [data-part="legend"]');
    choose(wanted, { focus: took, quiet: true });
    if (chosen.length > 1) choosePicked(chosen);
    const midi = shown.notes[wanted].midi;
    if (shown.selected && before !== undefined && midi !== before) strike(wanted);
  } else if (shown.order.length) {
    pickedText();
    groups.get(shown.order[0])?.setAttribute('tabindex', '0');
  }
  if (bar !== null && !(wanted && groups.has(wanted) && shown.bars[shown.notes[wanted].bar]?.source === shown.bar)) markBar(bar);
}

// The first bar of the score that was made from a bar of the reading
function ownBar(source) {
  if (source === null || source === undefined) return null;
  const at = shown.bars.findIndex((bar) => bar.source === source);
  return at < 0 ? null : at;
}

// Systems that are drawn as before stay in place: an edit draws one of them anew
function papers() {
  const old = new Map([...$('paper').children].map((page) => [page.dataset.key, page]));
  const pages = shown.pages.map(({ key }) => {
    const kept = old.get(key);
    if (kept) { old.delete(key); return kept; }
    const page = document.createElement('div');
    page.className = 'page';
    page.dataset.key = key;
    page.innerHTML = systems.get(key);
    return page;
  });
  for (const gone of old.values()) gone.remove();
  pages.forEach((page, at) => { if ($('paper').children[at] !== page) $('paper').insertBefore(page, $('paper').children[at] || null); });
}

function bars() {
  const pages = [...$('paper').querySelectorAll('.page > svg')];
  for (const old of $('paper').querySelectorAll('rect.bar')) old.remove();
  shown.bars.forEach((bar, index) => {
    const page = pages[bar.page], [x0, y0, x1, y1] = bar.box;
    if (!page || x1 <= x0) return;
    const rect = document.createElementNS(SVG, 'rect'), room = bar.level ? 4 : 0;
    const place = { x: x0 + 1, y: y0 - 12, width: x1 - x0 - 2, height: y1 - y0 + 24, rx: room };
    for (const [name, value] of Object.entries(place)) rect.setAttribute(name, value);
    rect.setAttribute('class', 'bar d' + bar.level);
    rect.dataset.bar = index;
    page.insertBefore(rect, page.querySelector('svg'));
  });
}

function notes() {
  groups = new Map();
  for (const group of $('paper').querySelectorAll('g[data-id]')) {
    const id = group.dataset.id, note = shown.notes[id];
    if (!note || groups.has(id)) continue;
    groups.set(id, group);
    group.classList.add('note-like');
    group.classList.remove('d0', 'd1', 'd2', 'selected', 'playing');
    group.classList.add('d' + level(note.certainty));
    group.setAttribute('tabindex', '-1');
    group.setAttribute('role', 'button');
    group.removeAttribute('aria-pressed');
    group.setAttribute('aria-label', note.label);
    if (group.dataset.reach) continue;
    group.dataset.reach = 'yes';
    const hit = group.querySelector(':scope > rect.hit'), box = hit && group.getBBox();
    if (box?.width) {  // a fingertip is wider than a notehead; the stem belongs to it
      const pad = 60, place = { x: box.x - pad, y: box.y - pad / 2, width: box.width + 2 * pad, height: box.height + pad };
      for (const [name, value] of Object.entries(place)) hit.setAttribute(name, value);
    }
  }
}

function clicked(event) {
  const id = event.target.closest('g.note-like')?.dataset.id, bar = event.target.closest('rect.bar');
  if (id) { choose(id, { focus: true, extend: event.shiftKey }); strike(id); }
  else if (bar) pickBar(Number(bar.dataset.bar));
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
  $('doubts').replaceChildren(...shown.doubts.slice(0, 6).map((doubt) => {
    const row = document.createElement('span');
    row.className = 'doubt row';
    row.append(button(doubt.text, 'd' + doubt.level, () => goTo(doubt)));
    if (doubt.id && shown.editable) row.append(...alternatives(doubt.id));
    return row;
  }));
  const count = shown.doubts.length;
  $('left').textContent = !count ? say.left_none : count === 1 ? say.left_one : fill(say.left, { count });
  $('next').hidden = !count;
  $('more').textContent = shown.doubts.length > 6 ? fill(say.more, { count: shown.doubts.length - 6 }) : '';
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

// Parts and hands that are not to be heard, or softer: "part/staff", "part/staff=40"
const quiet = () => Object.entries(volumes).filter(([, level]) => level < 100).map(([lane, level]) => (level ? `${lane}=${level}` : lane)).sort();
let volumes = {};

function mix() {
  const lanes = shown.lanes.length > 1 ? shown.lanes : [];
  volumes = Object.fromEntries(lanes.map(([lane]) => [lane, volumes[lane] ?? 100]));
  $('mix').hidden = !lanes.length;
  $('mix').replaceChildren(...lanes.map(([lane, name]) => {
    const box = document.createElement('span'), label = document.createElement('label'), field = document.createElement('input'), slider = document.createElement('input');
    field.type = 'checkbox';
    field.value = lane;
    field.checked = volumes[lane] > 0;
    Object.assign(slider, { type: 'range', min: 0, max: 100, step: 5 });
    slider.value = volumes[lane];
    slider.setAttribute('aria-label', fill(say.volume, { part: name }));
    slider.title = slider.getAttribute('aria-label');
    const to = (level) => { volumes[lane] = level; field.checked = level > 0; slider.value = level; player.outdated('score'); };
    field.addEventListener('change', () => to(field.checked ? 100 : 0));
    slider.addEventListener('change', () => to(Number(slider.value)));
    label.append(field, ' ' + name);
    box.className = 'lane';
    box.append(label, slider);
    return box;
  }));
}

// What is chosen is played over and over: several notes from the first to the last, else the bar of the one
function repeatChosen() {
  if ($('loop').getAttribute('aria-pressed') !== 'true') { player.loop(null); return; }
  const bar = selected && shown.notes[selected].bar;
  const ids = many.length > 1 ? between(many[0], many.at(-1)) : bar === null ? shown.order : shown.order.filter((id) => shown.notes[id].bar === bar);
  player.loop(new Set(ids));
}

// ---- what is chosen: see score_tools.js

function nextDoubt(id = null) {
  if (!shown.doubts.length) return;
  const at = id && shown.notes[id].bar;
  const own = shown.doubts.findIndex((doubt) => id !== null && (doubt.id === id || (!doubt.id && doubt.bar === at)));
  goTo(shown.doubts[(own + 1) % shown.doubts.length], true);
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
  if (shown.linked) window.dispatchEvent(new CustomEvent('scoreweb:bar', { detail: { bar: shown.bars[bar].source, from: 'score' } }));
}

function pickBar(index, walk = false) {
  picks++;
  markBar(index);
  tellBar(index);
  player.seekBar(index);
  trigger('bar_picked', { bar: shown.bars[index].source, number: shown.bars[index].number, walk, order: ordered() });
}

function goTo(doubt, walk = false) {
  if (doubt.id) { choose(doubt.id, { focus: true }); return; }
  pickBar(doubt.bar, walk);
  const first = shown.order.find((id) => shown.notes[id].bar === doubt.bar);
  if (first) choose(first, { focus: true, quiet: true });
  reveal($('paper').querySelector('rect.bar.chosen'));
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
  $('fade').hidden = !player.fades;
  if (document.activeElement !== $('share')) $('share').value = Math.round(100 * player.share);
  $('time').textContent = clock(at / player.speed) + (end ? ' / ' + clock(end / player.speed) : '');
}

function light(on, bar) {
  for (const id of lit) if (!on.has(id)) groups.get(id)?.classList.remove('playing');
  for (const id of on) if (!lit.has(id)) groups.get(id)?.classList.add('playing');
  lit = on;
  element.dataset.sounding = [...on].join(' ');
  if (bar === heardBar) return;
  heardBar = bar;
  if (bar !== null) reveal($('paper').querySelector('rect.bar[data-bar="' + bar + '"]'));
  if (!shown || shown.linked) window.dispatchEvent(new CustomEvent('scoreweb:sounding', { detail: { bar: bar === null || !shown ? bar : shown.bars[bar]?.source ?? bar } }));
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
  zoom.connect();
  $('play').addEventListener('click', player.toggle);
  $('paper').addEventListener('keydown', keyed);
  $('paper').addEventListener('click', clicked);
  $('loop').addEventListener('click', () => {
    $('loop').setAttribute('aria-pressed', String($('loop').getAttribute('aria-pressed') !== 'true'));
    repeatChosen();
  });
  $('next').addEventListener('click', () => nextDoubt(selected));
  $('seek').addEventListener('input', () => player.seek(Number($('seek').value) / 1000 * player.end()));
  $('tempo').addEventListener('input', () => { player.tempo(Number($('tempo').value) / 100); $('percent').textContent = $('tempo').value + ' %'; });
  $('share').addEventListener('input', () => player.fade(Number($('share').value) / 100));
  $('undo').addEventListener('click', () => takeBack('undo'));
  $('redo').addEventListener('click', () => takeBack('redo'));
  for (const tool of $('edit').querySelectorAll('[data-edit]')) tool.addEventListener('click', () => useTool(tool));
  for (const field of $('edit').querySelectorAll('[data-sign]')) field.addEventListener('change', () => setSign(field));
  for (const field of $('edit').querySelectorAll('[data-words]')) field.addEventListener('change', () => setWords(field));
}

window.addEventListener('keydown', takenBack);
window.addEventListener('scoreweb:bar', (event) => {
  const bar = shown?.linked && event.detail.from !== 'score' ? ownBar(event.detail.bar) : null;
  if (bar !== null) { markBar(bar); player.seekBar(bar); }
});
window.addEventListener('scoreweb:step', (event) => {  // a finger swept over the readings of a bar
  const now = shown?.linked && $('paper').querySelector('rect.bar.chosen'), next = now ? Number(now.dataset.bar) + event.detail.by : -1;
  if (next >= 0 && next < shown.bars.length) pickBar(next);
});
window.addEventListener('scoreweb:next', () => { if (shown?.linked) nextDoubt(selected); });
window.addEventListener('scoreweb:back', () => { if (shown?.linked && selected) choose(selected, { focus: true, quiet: true }); });
watch('value', receive);
receive();
