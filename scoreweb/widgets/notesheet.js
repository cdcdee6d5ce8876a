// The sheet of heard notes: click or step to a note, choose another reading, hear sheet, original and notes as played.
// Runs as the js_on_load of a gr.HTML: element, trigger, props and watch are given by Gradio.
const $ = (name) => element.querySelector('[data-part="' + name + '"]');
const say = JSON.parse($('sentences').textContent);
let shown = null, selected = null, audio = null, kind = null, turn = 0;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const percent = (share) => Math.round(100 * share) + ' %';
const indexOf = (id) => { const found = /^(?:bbox-)?n(\d+)(?:t\d+)?$/.exec(id || ''); return found ? Number(found[1]) : null; };
const heads = (index) => [...$('paper').querySelectorAll('g.note')].filter((g) => indexOf(g.id || g.dataset.id) === index);

function draw() {
  stop();
  shown = props.value && props.value.svg ? props.value : null;
  $('root').hidden = !shown;
  if (!shown) { selected = null; return; }
  $('paper').innerHTML = shown.svg;
  for (const note of $('paper').querySelectorAll('g.note')) {
    const index = indexOf(note.id || note.dataset.id);
    if (index === null || !shown.notes[index]) continue;
    note.dataset.index = index;
    if (shown.doubtful.includes(index)) note.classList.add('doubtful');
    note.addEventListener('click', () => select(index, true));
    if (note.classList.contains('bounding-box') || /t\d+$/.test(note.id || '')) continue;
    note.setAttribute('tabindex', '0');
    note.setAttribute('role', 'button');
    note.setAttribute('aria-label', fill(say.note, { number: index + 1, name: shown.notes[index].name, certainty: percent(shown.notes[index].certainty) }));
    note.addEventListener('focus', () => select(index, false));
    note.addEventListener('keydown', (event) => keys(event, index));
  }
  const wanted = selected !== null && selected < shown.notes.length ? selected : null;
  selected = null;
  buttons();
  list();
  if (wanted !== null) select(wanted, true);
  else { $('readings').replaceChildren(); $('picked').textContent = say.pick; }
}

function keys(event, index) {
  const steps = { ArrowUp: 1, ArrowDown: -1, PageUp: 12, PageDown: -12 }[event.key];
  const go = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (event.key === 'Enter' || event.key === ' ') select(index, false);
  else if (steps) trigger('replaced', { index, steps });
  else if (go) { const next = index + go; if (shown.notes[next]) select(next, true); }
  else return;
  event.preventDefault();
}

function select(index, focus) {
  if (selected !== index) {
    for (const g of $('paper').querySelectorAll('g.selected')) g.classList.remove('selected');
    selected = index;
    heads(index).forEach((g) => g.classList.add('selected'));
    const note = shown.notes[index];
    $('picked').textContent = fill(say.note, { number: index + 1, name: note.name, certainty: percent(note.certainty) });
    choices($('readings'), index);
  }
  if (focus) heads(index).find((g) => g.hasAttribute('tabindex'))?.focus({ preventScroll: false });
}

function choices(place, index) {
  place.replaceChildren(...shown.notes[index].others.map(([midi, name, certainty]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = fill(say.instead, { name, certainty: percent(certainty) });
    button.dataset.midi = midi;
    button.addEventListener('click', () => { selected = index; trigger('replaced', { index, midi }); });
    return button;
  }));
}

function list() {
  $('doubts').replaceChildren(...shown.doubtful.slice(0, 12).map((index) => {
    const row = document.createElement('div'), label = document.createElement('button'), place = document.createElement('span');
    row.className = 'row doubt';
    label.type = 'button';
    label.className = 'plain';
    label.textContent = fill(say.note, { number: index + 1, name: shown.notes[index].name, certainty: percent(shown.notes[index].certainty) });
    label.addEventListener('click', () => select(index, true));
    place.className = 'row';
    choices(place, index);
    row.append(label, place);
    return row;
  }));
  $('doubtful').hidden = !shown.doubtful.length;
}

// ---- sound: the original and the notes as played share one clock, so changing between them keeps the place

function buttons() {
  $('sources').replaceChildren(...shown.sources.map((source) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = say[source.kind];
    button.dataset.kind = source.kind;
    button.setAttribute('aria-pressed', 'false');
    button.addEventListener('click', () => play(source));
    return button;
  }));
}

function play(source) {
  const again = kind === source.kind;
  const place = audio && kind !== 'wav' && source.kind !== 'wav' ? audio.currentTime : 0;
  stop();
  if (again) return;
  const mine = ++turn;
  kind = source.kind;
  audio = new Audio(source.url);
  audio.currentTime = place;
  audio.onended = () => { if (mine === turn) stop(); };
  audio.play().catch(() => { if (mine === turn) stop(); });
  element.dataset.playing = kind;
  for (const button of $('sources').children) button.setAttribute('aria-pressed', String(button.dataset.kind === kind));
  const tick = () => {
    if (mine !== turn) return;
    const on = new Set();
    for (const [second, begin, end] of source.moments) {
      if (second > audio.currentTime) break;
      end.forEach((id) => on.delete(id));
      begin.forEach((id) => on.add(id));
    }
    for (const g of $('paper').querySelectorAll('g.note')) g.classList.toggle('playing', on.has(g.id || g.dataset.id));
    element.dataset.sounding = [...on].join(' ');
    requestAnimationFrame(tick);
  };
  tick();
}

function stop() {
  turn++;
  if (audio) { audio.pause(); audio.onended = null; }
  audio = null;
  kind = null;
  element.dataset.playing = '';
  for (const button of $('sources').children) button.setAttribute('aria-pressed', 'false');
  for (const g of $('paper').querySelectorAll('g.playing')) g.classList.remove('playing');
}

watch('value', draw);
draw();
