// The recorder: microphone to WAV without a lost sample, waveform with trim handles, play-back, rough note names.
// Runs as the js_on_load of a gr.HTML: element, trigger, props, upload and watch are given by Gradio.
const $ = (name) => element.querySelector('[data-part="' + name + '"]');
const say = JSON.parse($('sentences').textContent);
const limits = { seconds: Number(element.querySelector('.swr').dataset.seconds), bytes: Number(element.querySelector('.swr').dataset.bytes) };
const NAMES = ['C', 'C♯', 'D', 'D♯', 'E', 'F', 'F♯', 'G', 'G♯', 'A', 'A♯', 'B'];
const BLOCK = 2048; // frames a message: 46 ms at 44.1 kHz

// What runs on the audio thread: it numbers what it hears, so that a gap would be seen.
const TAP = `class Tap extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(${BLOCK}); this.filled = 0; this.number = 0; this.first = null; this.over = false;
    this.port.onmessage = () => { this.send(); this.port.postMessage({ end: true }); this.over = true; };
  }
  send() {
    if (!this.filled) return;
    const samples = this.block.slice(0, this.filled);
    this.port.postMessage({ number: this.number++, frame: this.first, samples }, [samples.buffer]);
    this.filled = 0; this.first = null;
  }
  process(inputs) {
    if (this.over) return false;
    const heard = inputs[0];
    if (this.first === null) this.first = currentFrame;
    for (let i = 0; i < 128; i++) {
      let sum = 0;
      for (const channel of heard) sum += channel[i];
      this.block[this.filled++] = heard.length ? sum / heard.length : 0;
    }
    if (this.filled >= ${BLOCK}) this.send();
    return true;
  }
}
registerProcessor('tap', Tap);`;

let running = null; // the running recording
let sound = null; // {samples, rate, name}: what the waveform shows
let range = { begin: 0, end: 0 };
let player = null;
let settled = 0; // the timer that waits until the handles rest
let pending = false; // a recording is being made or sent
let serial = 0; // of the shown sound: an older upload that ends late must not replace a newer one

const notice = (text) => { $('notice').textContent = text || ''; $('notice').hidden = !text; };
const figure = (value, digits) => new Intl.NumberFormat(document.documentElement.lang || 'en', { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: false }).format(value);  // as the page's language writes numbers
const clock = (s) => Math.floor(s / 60) + ':' + figure(s % 60, 1).padStart(4, '0');
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const decibels = (a) => (a > 1e-5 ? 20 * Math.log10(a) : -100);

// ---- recording

async function record() {
  if (!window.isSecureContext || !navigator.mediaDevices) return notice(say.insecure);
  notice('');
  stopPlaying();
  const wanted = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  if ($('device').value) wanted.deviceId = { exact: $('device').value };
  let stream, context;
  $('record').disabled = true;
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    // nobody listens without a metronome, and long buffers lose less
    context = new AudioContext({ latencyHint: beaten() ? 'interactive' : 'playback' });
    const address = URL.createObjectURL(new Blob([TAP], { type: 'text/javascript' }));
    try { await context.audioWorklet.addModule(address); } finally { URL.revokeObjectURL(address); }
    await context.resume();
  } catch (error) {
    stream?.getTracks().forEach((track) => track.stop());
    context?.close();
    return notice(say[error.name] || fill(say.other, { reason: error.message }));
  } finally { $('record').disabled = false; }
  const track = stream.getAudioTracks()[0];
  const settings = track.getSettings();
  const kept = Object.keys(wanted).filter((k) => k !== 'deviceId' && settings[k]);
  element.dataset.filters = kept.length ? kept.join(' ') : 'off';
  if (kept.length) notice(say.filters);
  const tap = new AudioWorkletNode(context, 'tap', { numberOfInputs: 1, numberOfOutputs: 1 });
  const silent = new GainNode(context, { gain: 0 }); // an unconnected worklet may be put to sleep
  context.createMediaStreamSource(stream).connect(tap).connect(silent).connect(context.destination);
  const set = beaten(), metronome = set && new Metronome(context, set);
  // what is heard before the music begins is not kept, but for a tenth of a second
  const from = metronome ? Math.round((metronome.downbeat - 0.1) * context.sampleRate) : 0;
  running = { stream, context, tap, metronome, set, from, blocks: [], frames: 0, start: null, next: 0, lost: 0, clipped: 0, peak: 0, square: 0, rough: [] };
  tap.port.onmessage = (message) => hear(running, message.data);
  track.onended = () => stop();
  await devices();
  coming();
  show();
}

function hear(current, message) {
  if (!current) return;
  if (message.end) return finish(current);
  const { frame, samples } = message;
  if (frame < current.from) { counted(current, frame); return; }
  if (current.start === null) current.start = frame;
  const gap = frame - current.start - current.frames;
  if (gap > 0) { // never seen, but a silent hole is better than notes that come too early
    current.lost += gap;
    current.gaps = (current.gaps || []).concat([[current.frames, gap]]);
    current.blocks.push(new Float32Array(gap));
    current.frames += gap;
  }
  current.blocks.push(samples);
  current.frames += samples.length;
  let peak = 0, square = 0;
  for (const v of samples) { const a = Math.abs(v); if (a > peak) peak = a; square += v * v; if (a >= 0.999) current.clipped++; }
  current.peak = Math.max(peak, current.peak * 0.93);
  current.square = 0.8 * current.square + 0.2 * (square / samples.length);
  if (current.lastClip === undefined || peak >= 0.999) current.lastClip = peak >= 0.999 ? current.frames : -1e9;
  const seconds = current.frames / current.context.sampleRate;
  if (current.stopping) return;
  meter(current, seconds);
  if (current.blocks.length % 3 === 0) rough(current);
  if (seconds >= limits.seconds || 44 + 2 * (current.frames + 2 * BLOCK) >= limits.bytes) { notice(fill(say.full, { time: clock(seconds) })); stop(); }
}

function counted(current, frame) {
  if (current.stopping) return;
  const beat = current.metronome.counting(frame / current.context.sampleRate);
  if (beat) $('time').textContent = fill(say.counting, { beat: Math.min(beat, current.set.count) });
}

function meter(current, seconds) {
  const peak = decibels(current.peak), rms = decibels(Math.sqrt(current.square));
  const place = (db) => Math.max(0, Math.min(100, (db + 60) / 0.6)) + '%';
  $('rms').style.width = place(rms);
  $('peak').style.left = place(peak);
  const clip = current.frames - current.lastClip < 2 * current.context.sampleRate;
  $('clip').classList.toggle('on', clip);
  $('level').textContent = fill(say.level, { peak: Math.max(-99, peak).toFixed(0), rms: Math.max(-99, rms).toFixed(0) }) + (clip ? ' · ' + say.clipping : '');
  $('meter').setAttribute('aria-valuenow', Math.max(-60, peak).toFixed(0));
  $('time').textContent = clock(seconds);
}

function stop() {
  if (!running || running.stopping) return;
  running.stopping = true;
  running.metronome?.stop();
  running.tap.port.postMessage('end'); // the audio thread sends what it still holds, then says so
}

async function finish(done) {
  done.stream.getTracks().forEach((track) => { track.onended = null; track.stop(); });
  const rate = done.context.sampleRate;
  done.context.close();
  const samples = new Float32Array(done.frames);
  let at = 0;
  for (const block of done.blocks) { samples.set(block, at); at += block.length; }
  running = null;
  element.dataset.lost = done.lost;
  element.dataset.frames = done.frames;
  element.dataset.rate = rate;
  element.dataset.gaps = JSON.stringify(done.gaps || []);
  if (done.clipped > 3) notice(say.clipped);
  else if (!done.frames) { notice(say.nothing); show(); return failed(); }
  const now = new Date();
  const name = 'recording-' + [now.getHours(), now.getMinutes(), now.getSeconds()].map((n) => String(n).padStart(2, '0')).join('-') + '.wav';
  present(samples, rate, name);
  const given = done.set ? { tempo: done.set.tempo, metre: done.set.metre } : {};
  await send(new File([wav(samples, rate)], name, { type: 'audio/wav' }), 'recorded', done.lost, given);
}

function wav(samples, rate) {
  const view = new DataView(new ArrayBuffer(44 + 2 * samples.length));
  const text = (at, word) => [...word].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, 'RIFF'); view.setUint32(4, 36 + 2 * samples.length, true); text(8, 'WAVEfmt ');
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, rate, true); view.setUint32(28, 2 * rate, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, 'data'); view.setUint32(40, 2 * samples.length, true);
  for (let i = 0; i < samples.length; i++) view.setInt16(44 + 2 * i, Math.round(Math.max(-1, Math.min(1, samples[i])) * 32767), true);
  return view.buffer;
}

async function devices() {
  const found = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === 'audioinput' && d.deviceId);
  const chosen = $('device').value;
  $('device').replaceChildren(new Option(say.device, ''), ...found.map((d, i) => new Option(d.label || fill(say.unnamed, { number: i + 1 }), d.deviceId)));
  $('device').value = found.some((d) => d.deviceId === chosen) ? chosen : '';
  $('device').parentElement.hidden = found.length < 2;
}

// ---- rough note names: McLeod and Wyvill's normalised square difference on the last tenth of a second

function peaks(x, from, to) {
  const n = x.length - to, out = [];
  const d = new Float32Array(to + 1);
  for (let lag = from; lag <= to; lag++) {
    let product = 0, energy = 1e-9;
    for (let i = 0; i < n; i++) { const a = x[i], b = x[i + lag]; product += a * b; energy += a * a + b * b; }
    d[lag] = 2 * product / energy;
  }
  for (let lag = from + 1; lag < to; lag++) {
    if (d[lag] <= 0.5 || d[lag] < d[lag - 1] || d[lag] <= d[lag + 1]) continue;
    const curve = d[lag - 1] - 2 * d[lag] + d[lag + 1];
    const shift = curve ? 0.5 * (d[lag - 1] - d[lag + 1]) / curve : 0;
    out.push({ lag: lag + shift, clear: d[lag] });
  }
  return out;
}

function pitch(x, rate) {
  const step = Math.max(1, Math.round(rate / 11025)), slow = new Float32Array(Math.floor(x.length / step));
  for (let i = 0; i < slow.length; i++) { let sum = 0; for (let j = 0; j < step; j++) sum += x[i * step + j]; slow[i] = sum / step; }
  const high = peaks(x.subarray(x.length - 1024 - 200), 8, 200);
  const low = peaks(slow, Math.floor(150 / step), Math.min(Math.floor(rate / step / 27), slow.length >> 1)).map((p) => ({ lag: p.lag * step, clear: p.clear }));
  const all = [...high, ...low].sort((a, b) => a.lag - b.lag);
  const best = Math.max(0, ...all.map((p) => p.clear));
  if (best < 0.8) return null;
  const first = all.find((p) => p.clear >= 0.93 * best);
  return Math.round(69 + 12 * Math.log2(rate / first.lag / 440));
}

function rough(current) {
  if (Math.sqrt(current.square) < 0.004) { current.candidate = null; return; }
  const wanted = 4 * BLOCK, window = new Float32Array(wanted);
  let at = wanted;
  for (let i = current.blocks.length - 1; i >= 0 && at > 0; i--) {
    const block = current.blocks[i], used = Math.min(at, block.length);
    window.set(block.subarray(block.length - used), at -= used);
  }
  const midi = pitch(window, current.context.sampleRate);
  if (midi === null || midi < 21 || midi > 108) return;
  if (midi === current.candidate) {
    if (current.rough[current.rough.length - 1] !== midi) current.rough.push(midi);
  }
  current.candidate = midi;
  $('rough').textContent = current.rough.slice(-12).map((m) => NAMES[m % 12] + (Math.floor(m / 12) - 1)).join(' ');
}

// ---- files

async function choose(file) {
  if (!file) return;
  notice('');
  stopPlaying();
  if (file.size > limits.bytes) return notice(fill(say.large, { size: figure(file.size / 1e6, 1) }));
  if (!file.size) return notice(say.empty);
  coming();
  await decode(await file.arrayBuffer(), file.name);
  await send(file, 'uploaded', 0);
}

async function decode(bytes, name) {
  const mine = ++serial;
  try {
    const context = new OfflineAudioContext(1, 1, 44100);
    const decoded = await context.decodeAudioData(bytes);
    const mixed = new Float32Array(decoded.length);
    for (let c = 0; c < decoded.numberOfChannels; c++) {
      const data = decoded.getChannelData(c);
      for (let i = 0; i < mixed.length; i++) mixed[i] += data[i] / decoded.numberOfChannels;
    }
    if (mine === serial) present(mixed, decoded.sampleRate, name);
  } catch { // the server may still open what this browser cannot
    if (mine === serial) { sound = null; show(); }
  }
}

function coming() { // from now until it has arrived, the server has another recording or none
  pending = true;
  tell();
  trigger('coming', {});
}

function failed() {
  pending = false;
  tell();
  trigger('failed', {});
}

async function send(file, kind, lost, given = {}) {
  const mine = serial;
  $('status').textContent = say.sending;
  try {
    const { path } = await upload(file);
    if (mine !== serial) return;
    pending = false;
    tell();
    trigger('recorded', { path, name: file.name, kind, lost, ...given });
    $('status').textContent = '';
  } catch (error) {
    if (mine !== serial) return;
    $('status').textContent = '';
    notice(say.unsent);
    failed();
  }
}

// ---- the waveform and its handles

function present(samples, rate, name) {
  serial++;
  sound = { samples, rate, name, seconds: samples.length / rate };
  range = selection(samples, rate);
  show();
  tell();
}

function selection(samples, rate) {
  // What is not silence, with a little air: louder than 45 dB below the loudest hundredth of a second.
  const step = Math.max(1, Math.round(rate / 100)), levels = [];
  for (let at = 0; at < samples.length; at += step) {
    let sum = 0;
    const end = Math.min(at + step, samples.length);
    for (let i = at; i < end; i++) sum += samples[i] * samples[i];
    levels.push(sum / (end - at));
  }
  const bound = levels.reduce((a, b) => Math.max(a, b), 0) * 10 ** -4.5, seconds = samples.length / rate;
  const first = levels.findIndex((l) => l > bound);
  if (first < 0) return { begin: 0, end: Math.min(seconds, limits.seconds) };
  let last = levels.length - 1;
  while (levels[last] <= bound) last--;
  const begin = Math.max(0, first / 100 - 0.1);
  return { begin, end: Math.min(seconds, (last + 1) / 100 + 0.3, begin + limits.seconds) };
}

function show() {
  const recording = Boolean(running);
  $('record').hidden = recording;
  $('stop').hidden = !recording;
  $('live').hidden = !recording;
  $('drop').hidden = recording || Boolean(sound);
  $('wave').hidden = recording || !sound;
  if (recording) { $('rough').textContent = ''; $('stop').focus(); }
  if (!recording && sound) { $('name').textContent = sound.name; draw(); place(); }
}

function draw() {
  const canvas = $('canvas'), width = Math.max(1, canvas.clientWidth), height = canvas.clientHeight || 96;
  const dots = window.devicePixelRatio || 1;
  canvas.width = width * dots; canvas.height = height * dots;
  const pen = canvas.getContext('2d');
  pen.scale(dots, dots);
  pen.fillStyle = getComputedStyle(canvas).color;
  const n = sound.samples.length, top = sound.samples.reduce((a, v) => Math.max(a, Math.abs(v)), 0.02);
  for (let x = 0; x < width; x++) {
    const from = Math.floor(x * n / width), to = Math.max(from + 1, Math.floor((x + 1) * n / width)), stride = Math.max(1, Math.floor((to - from) / 400));
    let low = 0, high = 0;
    for (let i = from; i < to && i < n; i += stride) { const v = sound.samples[i]; if (v < low) low = v; if (v > high) high = v; }
    const y = (v) => height / 2 - v / top * (height / 2 - 2);
    pen.fillRect(x, y(high), 1, Math.max(1, y(low) - y(high)));
  }
}

function place() {
  const left = 100 * range.begin / sound.seconds, right = 100 * range.end / sound.seconds;
  $('before').style.width = left + '%';
  $('after').style.width = (100 - right) + '%';
  for (const [part, share, value] of [['begin', left, range.begin], ['end', right, range.end]]) {
    const handle = $(part);
    handle.style.left = share + '%';
    handle.setAttribute('aria-valuemax', sound.seconds.toFixed(2));
    handle.setAttribute('aria-valuenow', value.toFixed(2));
    handle.setAttribute('aria-valuetext', fill(say.seconds, { seconds: figure(value, 2) }));
  }
  $('range').textContent = fill(say.range, { from: clock(range.begin), to: clock(range.end), length: figure(range.end - range.begin, 1) });
  element.dataset.begin = range.begin.toFixed(3);
  element.dataset.end = range.end.toFixed(3);
}

function move(part, seconds) {
  const least = Math.min(0.1, sound.seconds);
  if (part === 'begin') range.begin = Math.max(0, Math.min(seconds, range.end - least));
  else range.end = Math.min(sound.seconds, Math.max(seconds, range.begin + least));
  if (range.end - range.begin > limits.seconds) { if (part === 'begin') range.end = range.begin + limits.seconds; else range.begin = range.end - limits.seconds; }
  stopPlaying();
  place();
}

function tell() { // what the server reads when the visitor starts
  element.dataset.pending = pending ? 'yes' : 'no';
  props.value = pending ? { pending: true } : sound ? { name: sound.name, begin: range.begin, end: range.end, seconds: sound.seconds } : null;
}

function trimmed() {
  tell();
  clearTimeout(settled);
  settled = setTimeout(() => { if (sound && !running) trigger('trimmed', { begin: range.begin, end: range.end }); }, 300);
}

for (const part of ['begin', 'end']) {
  const handle = $(part);
  handle.addEventListener('pointerdown', (event) => { handle.setPointerCapture(event.pointerId); handle.focus(); event.preventDefault(); });
  handle.addEventListener('pointermove', (event) => {
    if (!handle.hasPointerCapture(event.pointerId)) return;
    const box = $('canvas').getBoundingClientRect();
    move(part, sound.seconds * (event.clientX - box.left) / box.width);
  });
  handle.addEventListener('pointerup', trimmed);
  handle.addEventListener('keydown', (event) => {
    const step = event.shiftKey ? 1 : 0.05;
    const to = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step, PageUp: 5, PageDown: -5, Home: -1e9, End: 1e9 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    move(part, range[part] + to);
    trimmed();
  });
}

// ---- play-back of the selection

function play() {
  if (player) return stopPlaying();
  const context = new AudioContext();
  const buffer = context.createBuffer(1, sound.samples.length, sound.rate);
  buffer.copyToChannel(sound.samples, 0);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(context.destination);
  player = { context, source, from: range.begin, until: range.end };
  const mine = player;
  source.onended = () => { if (player === mine) stopPlaying(); };
  source.start(0, range.begin, range.end - range.begin);
  $('play').textContent = say.pause;
  element.dataset.playing = 'yes';
  const tick = () => {
    if (player !== mine) return;
    $('cursor').hidden = false;
    $('cursor').style.left = 100 * Math.min(mine.until, mine.from + context.currentTime) / sound.seconds + '%';
    requestAnimationFrame(tick);
  };
  tick();
}

function stopPlaying() {
  if (!player) return;
  const old = player;
  player = null;
  try { old.source.stop(); } catch { /* it had ended */ }
  old.context.close();
  $('cursor').hidden = true;
  $('play').textContent = say.play;
  element.dataset.playing = 'no';
}

function discard() {
  stopPlaying();
  serial++;
  sound = null;
  pending = false;
  notice('');
  show();
  tell();
  trigger('cleared', {});
}

$('record').addEventListener('click', record);
$('stop').addEventListener('click', stop);
$('play').addEventListener('click', play);
$('discard').addEventListener('click', discard);
$('file').addEventListener('change', (event) => { choose(event.target.files[0]); event.target.value = ''; });
for (const kind of ['dragover', 'dragleave', 'drop']) {
  $('root').addEventListener(kind, (event) => {
    event.preventDefault();
    $('root').classList.toggle('over', kind === 'dragover');
    if (kind === 'drop' && !running) choose(event.dataTransfer.files[0]);
  });
}
new ResizeObserver(() => { if (sound && !running && $('canvas').clientWidth) { draw(); place(); } }).observe($('root'));
watch('value', async () => { // the server puts a sound here: one of our examples
  const value = props.value;
  if (!value || !value.url) { if (!value && !running) { stopPlaying(); sound = null; serial++; show(); } return; }
  notice('');
  stopPlaying();
  pending = false; // it takes the place of one that was on its way
  serial++;
  const answer = await fetch(value.url);
  if (answer.ok) await decode(await answer.arrayBuffer(), value.name);
});
if (!window.isSecureContext || !navigator.mediaDevices) notice(say.insecure);
show();
