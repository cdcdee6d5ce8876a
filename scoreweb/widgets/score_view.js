// A score on paper: notes and bars to click or step through, playing with highlighting. Nothing is fetched.
// Runs as the js_on_load of a gr.HTML: element, trigger, props and watch are given by Gradio.
const $ = (name) => element.querySelector('[data-part="' + name + '"]');
const SVG = 'http://www.w3.org/2000/svg';
let say = {}, shown = null, groups = new Map(), order = [], selected = null, lit = new Set(), heardBar = null;
let context = null, bus = null, playing = false, place = 0, began = 0, next = 0, timer = 0, speed = 1, voices = [], wave = null;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const level = (certainty) => certainty >= shown.levels[0] ? 0 : certainty >= shown.levels[1] ? 1 : 2;
const duration = () => shown.sounding.reduce((end, note) => Math.max(end, note[1]), 0);
const clock = (seconds) => Math.floor(seconds / 60) + ':' + String(Math.floor(seconds % 60)).padStart(2, '0');

// ---- what is seen

function draw() {
  pause();
  say = JSON.parse($('sentences').textContent);
  connect();
  shown = props.value && props.value.pages ? props.value : null;
  $('root').hidden = !shown;
  $('keys').hidden = !shown?.editable;
  if (!shown) { selected = null; $('paper').replaceChildren(); return; }
  const focused = $('paper').contains(document.activeElement);
  $('paper').innerHTML = shown.pages.map((svg) => '<div class="page">' + svg + '</div>').join('');
  bars();
  notes();
  doubts();
  place = Math.min(place, duration());
  show(place);
  const wanted = shown.selected || selected;
  selected = null;
  $('picked').textContent = '';
  if (shown.bar !== null && shown.bar !== undefined) markBar(shown.bar);
  if (wanted && groups.has(wanted)) choose(wanted, focused, false);
  else if (order.length) groups.get(order[0]).setAttribute('tabindex', '0');
}

function bars() {
  const pages = [...$('paper').querySelectorAll('.page > svg')];
  shown.bars.forEach((bar, index) => {
    const page = pages[bar.page], [x0, y0, x1, y1] = bar.box;
    if (!page || x1 <= x0) return;
    const rect = document.createElementNS(SVG, 'rect'), grade = bar.gap || bar.off ? 2 : level(bar.certainty), room = grade ? 4 : 0;
    const place = { x: x0 + 1, y: y0 - 12, width: x1 - x0 - 2, height: y1 - y0 + 24, rx: room };
    for (const [name, value] of Object.entries(place)) rect.setAttribute(name, value);
    rect.setAttribute('class', 'bar d' + grade);
    rect.dataset.bar = index;
    rect.addEventListener('click', () => pickBar(index));
    page.insertBefore(rect, page.querySelector('svg'));
  });
}

function notes() {
  groups = new Map();
  order = [];
  for (const group of $('paper').querySelectorAll('g[data-id]')) {
    const id = group.dataset.id, note = shown.notes[id];
    if (!note || groups.has(id)) continue;
    groups.set(id, group);
    order.push(id);
    const grade = level(note.certainty);
    group.classList.add('note-like', 'd' + grade);
    const hit = group.querySelector(':scope > rect.hit');
    if (hit) {  // a fingertip is wider than a notehead; the stem belongs to it
      const box = group.getBBox(), pad = 60;
      hit.setAttribute('x', box.x - pad);
      hit.setAttribute('y', box.y - pad / 2);
      hit.setAttribute('width', box.width + 2 * pad);
      hit.setAttribute('height', box.height + pad);
    }
    group.setAttribute('tabindex', '-1');
    group.setAttribute('role', 'button');
    group.setAttribute('aria-label', note.label);
    group.addEventListener('click', (event) => { event.stopPropagation(); choose(id, true, true); sound(id); });
  }
  // As music is read: bar by bar, then from left to right, then from above
  const spot = new Map(order.map((id) => { const box = groups.get(id).getBoundingClientRect(); return [id, [shown.notes[id].bar, Math.round(box.x / 4), box.y]]; }));
  order.sort((a, b) => { const p = spot.get(a), q = spot.get(b); return p[0] - q[0] || p[1] - q[1] || p[2] - q[2]; });
}

function doubts() {
  // Bars that do not fill their metre come first, then the least certain ones
  const found = shown.bars.map((bar, index) => [bar, index]).filter(([bar]) => bar.gap || bar.off || level(bar.certainty));
  const order = ([bar]) => [bar.gap || bar.off ? 0 : 1, bar.certainty];
  found.sort((a, b) => { const p = order(a), q = order(b); return p[0] - q[0] || p[1] - q[1]; });
  $('doubts').replaceChildren(...found.slice(0, 12).map(([bar, index]) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'd' + (bar.gap || bar.off ? 2 : level(bar.certainty));
    button.textContent = fill(bar.gap ? say.gap : bar.off ? say.off : say.bar, { number: bar.number, certainty: Math.round(100 * bar.certainty) });
    button.addEventListener('click', () => pickBar(index));
    return button;
  }));
  $('legend').hidden = !found.length && !Object.values(shown.notes).some((note) => level(note.certainty));
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

function pickBar(index) {
  markBar(index);
  window.dispatchEvent(new CustomEvent('scoreweb:bar', { detail: { bar: index, from: 'score' } }));
  const first = shown.sounding.find((note) => note[5] === index);
  if (first && !playing) { place = first[0]; show(place); }
  trigger('bar_picked', { bar: index, number: shown.bars[index].number });
}

function choose(id, focus, tell) {
  const group = groups.get(id);
  if (!group) return;
  for (const other of groups.values()) { other.setAttribute('tabindex', '-1'); other.classList.remove('selected'); other.removeAttribute('aria-pressed'); }
  group.setAttribute('tabindex', '0');
  group.setAttribute('aria-pressed', 'true');
  group.classList.add('selected');
  selected = id;
  $('picked').textContent = fill(say.picked, { label: shown.notes[id].label, number: shown.bars[shown.notes[id].bar]?.number ?? '' });
  if (focus) group.focus({ preventScroll: false });
  if (tell) trigger('picked', { id });
}

function key(event) {
  const id = event.target.closest && event.target.closest('g.note-like')?.dataset.id;
  if (!id || event.altKey || event.ctrlKey || event.metaKey) return;
  const steps = { ArrowUp: 1, ArrowDown: -1 }[event.key], go = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (steps && shown.editable) { choose(id, true, false); trigger('moved', { id, steps: steps * (event.shiftKey ? 7 : 1) }); }
  else if (go) { const other = order[order.indexOf(id) + go]; if (other) choose(other, true, true); }
  else if (event.key === 'Home' || event.key === 'End') choose(order[event.key === 'Home' ? 0 : order.length - 1], true, true);
  else if (event.key === 'PageDown' || event.key === 'PageUp') {
    const bar = shown.notes[id].bar, on = event.key === 'PageDown';
    const other = on ? order.find((o) => shown.notes[o].bar > bar) : order.findLast((o) => shown.notes[o].bar < bar);
    if (other) choose(order.find((o) => shown.notes[o].bar === shown.notes[other].bar), true, true);
  } else if ((event.key === 'Delete' || event.key === 'Backspace') && shown.editable) trigger('removed', { id });
  else if (event.key === 'Enter' || event.key === ' ') { choose(id, false, true); sound(id); }
  else if (event.key === 'b' || event.key === 'B') pickBar(shown.notes[id].bar);
  else return;
  event.preventDefault();
}

// ---- what is heard: a struck string of few partials, louder ones brighter

function audio() {
  if (!context) {
    context = new AudioContext();
    bus = context.createDynamicsCompressor();
    bus.connect(context.destination);
    const partials = [0, 1, 0.55, 0.32, 0.2, 0.13, 0.09, 0.06, 0.04, 0.02, 0.015];
    wave = context.createPeriodicWave(new Float32Array(partials.length), new Float32Array(partials));
  }
  if (context.state === 'suspended') context.resume();
}

function strike(midi, velocity, at, length) {
  const frequency = 440 * 2 ** ((midi - 69) / 12), loud = 0.28 * (velocity / 127) ** 1.4, ring = 5 * 2 ** ((48 - midi) / 24);
  const string = context.createOscillator(), damper = context.createBiquadFilter(), gain = context.createGain();
  string.setPeriodicWave(wave);
  string.frequency.value = frequency;
  damper.type = 'lowpass';
  damper.frequency.setValueAtTime(Math.min(18000, frequency * (3 + 9 * velocity / 127)), at);
  damper.frequency.setTargetAtTime(Math.min(12000, frequency * 2.2), at, ring / 6);
  gain.gain.setValueAtTime(0, at);
  gain.gain.linearRampToValueAtTime(loud, at + 0.004);
  gain.gain.setTargetAtTime(loud * 0.35, at + 0.004, 0.12);
  gain.gain.setTargetAtTime(0, at + 0.25, ring / 2.5);
  gain.gain.setTargetAtTime(0, at + Math.max(0.03, length), 0.05);
  string.connect(damper).connect(gain).connect(bus);
  string.start(at);
  string.stop(at + length + 0.4);
  const voice = { string, gain };
  voices.push(voice);
  string.onended = () => { voices = voices.filter((other) => other !== voice); gain.disconnect(); };
}

function sound(id) {
  const note = shown.notes[id];
  if (!note || note.midi === null || playing) return;
  audio();
  const heard = shown.sounding.find((n) => n[4].includes(id));
  strike(heard ? heard[2] : note.midi, heard ? heard[3] : 80, context.currentTime + 0.01, 0.6);
  element.dataset.struck = id;
}

const now = () => playing ? place + (context.currentTime - began) * speed : place;

function play() {
  if (playing) { pause(); return; }
  if (!shown.sounding.length) return;
  audio();
  if (place >= duration() - 0.05) place = 0;
  playing = true;
  began = context.currentTime + 0.06;
  next = shown.sounding.findIndex((note) => note[0] >= place - 0.001);
  if (next < 0) next = shown.sounding.length;
  $('play').textContent = say.pause;
  element.dataset.playing = 'yes';
  schedule();
  timer = setInterval(schedule, 60);
  requestAnimationFrame(frame);
}

function schedule() {
  const horizon = now() + 0.3 * speed;
  while (next < shown.sounding.length && shown.sounding[next][0] < horizon) {
    const [onset, offset, midi, velocity] = shown.sounding[next++];
    strike(midi, velocity, Math.max(context.currentTime, began + (onset - place) / speed), (offset - onset) / speed);
  }
}

function pause() {
  if (playing) {
    place = Math.max(0, now());
    clearInterval(timer);
    for (const { string, gain } of voices) { gain.gain.cancelScheduledValues(0); gain.gain.setTargetAtTime(0, context.currentTime, 0.02); string.stop(context.currentTime + 0.15); }
  }
  playing = false;
  element.dataset.playing = '';
  if ($('play')) $('play').textContent = say.play || '';
  light(new Set());
  tellBar(null);
}

function frame() {
  if (!playing) return;
  const at = now();
  if (at > duration() + 0.15) { pause(); place = 0; show(0); return; }
  show(Math.max(0, at));
  const on = new Set();
  let bar = heardBar;
  for (const note of shown.sounding) {
    if (note[0] > at) break;
    if (note[1] > at) { note[4].forEach((id) => on.add(id)); bar = note[5]; }
  }
  tellBar(bar);
  light(on);
  requestAnimationFrame(frame);
}

function tellBar(bar) {
  if (bar === heardBar) return;
  heardBar = bar;
  window.dispatchEvent(new CustomEvent('scoreweb:sounding', { detail: { bar } }));
}

function light(on) {
  for (const id of lit) if (!on.has(id)) groups.get(id)?.classList.remove('playing');
  for (const id of on) if (!lit.has(id)) {
    const group = groups.get(id);
    group?.classList.add('playing');
    const box = group?.getBoundingClientRect(), paper = $('paper').getBoundingClientRect();
    if (box && (box.left < paper.left || box.right > paper.right)) $('paper').scrollLeft += box.left - paper.left - 40;
  }
  lit = on;
  element.dataset.sounding = [...on].join(' ');
}

function show(at) {
  const end = duration();
  $('seek').value = end ? Math.round(1000 * at / end) : 0;
  $('seek').setAttribute('aria-valuetext', clock(at));
  $('time').textContent = clock(at / speed) + ' / ' + clock(end / speed);
}

function connect() {
  // Gradio may have put a fresh template in place of the old one
  const root = $('root');
  if (root.dataset.ready) return;
  root.dataset.ready = 'yes';
  $('play').addEventListener('click', play);
  $('paper').addEventListener('keydown', key);
  $('seek').addEventListener('input', () => {
    const again = playing;
    pause();
    place = Number($('seek').value) / 1000 * duration();
    show(place);
    if (again) play();
  });
  $('tempo').addEventListener('input', () => {
    const again = playing;
    pause();
    speed = Number($('tempo').value) / 100;
    $('percent').textContent = $('tempo').value + ' %';
    show(place);
    if (again) play();
  });
}

window.addEventListener('scoreweb:bar', (event) => { if (shown && event.detail.from !== 'score') markBar(event.detail.bar); });
watch('value', draw);
draw();
