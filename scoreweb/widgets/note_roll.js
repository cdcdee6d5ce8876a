// The piano roll over the recording's spectrum. Runs as the js_on_load of a gr.HTML, as page_view.js does.
const $ = (name) => element.querySelector('[data-part="' + name + '"]');
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const KEY = 9, NAMES = 44, SECOND = 60; // dots: of a key, of the names at the left, at least of a second
let shown = null, picture = null;

function percent(share) { return Math.round(100 * share) + ' %'; }

async function draw() {
  shown = props.value && props.value.notes ? props.value : null;
  $('root').hidden = !shown;
  if (!shown) return;
  const say = JSON.parse($('sentences').textContent), mine = shown;
  const { notes, candidates } = shown;
  $('least').value = shown.least;
  $('share').textContent = percent(shown.least);
  $('told').textContent = fill(say.told, { notes: notes.length, candidates: candidates.length });
  $('canvas').setAttribute('aria-label', fill(say.told, { notes: notes.length, candidates: candidates.length }));
  connect();
  if (shown.picture) {
    picture = new Image();
    picture.src = shown.picture;
    await picture.decode();
  }
  if (mine === shown) paint();
}

function paint() {
  if (!shown || !picture?.complete || !$('scroll').clientWidth) return;
  const canvas = $('canvas'), keys = shown.high - shown.low + 1, dots = window.devicePixelRatio || 1;
  const width = Math.min(16000, Math.max($('scroll').clientWidth, NAMES + SECOND * shown.seconds)), height = KEY * keys;
  canvas.style.width = width + 'px'; canvas.style.height = height + 'px';
  canvas.width = width * dots; canvas.height = height * dots;
  const pen = canvas.getContext('2d'), along = (s) => NAMES + (width - NAMES) * s / shown.seconds, up = (midi) => KEY * (shown.high - midi);
  pen.scale(dots, dots);
  pen.fillStyle = '#10131a';
  pen.fillRect(0, 0, width, height);
  pen.globalAlpha = 0.75;
  pen.drawImage(picture, NAMES, 0, width - NAMES, height);
  pen.globalAlpha = 1;
  pen.font = '10px sans-serif'; pen.textBaseline = 'middle';
  for (let midi = shown.low; midi <= shown.high; midi++) {
    if (midi % 12 && midi % 12 !== 4 && midi % 12 !== 9) continue;
    pen.fillStyle = '#c9d2e3';
    pen.fillText(shown.names[midi], 6, up(midi) + KEY / 2);
    pen.fillStyle = 'rgba(255,255,255,.12)';
    pen.fillRect(NAMES, up(midi) + KEY, width - NAMES, 1);
  }
  for (const [begin, end, midi] of shown.candidates) box(pen, along(begin), up(midi), along(end) - along(begin), 'rgba(255,214,138,.25)', '#ffd68a');
  for (const [begin, end, midi] of shown.notes) box(pen, along(begin), up(midi), along(end) - along(begin), '#ff9d2e', '#241300');
}

function box(pen, x, y, width, inner, edge) {
  pen.fillStyle = inner; pen.strokeStyle = edge; pen.lineWidth = 1;
  pen.fillRect(x, y + 1, Math.max(3, width - 1), KEY - 2);
  pen.strokeRect(x + 0.5, y + 1.5, Math.max(2, width - 2), KEY - 3);
}

function connect() {
  if ($('root').dataset.ready) return;
  $('root').dataset.ready = 'yes';
  $('least').addEventListener('input', () => { $('share').textContent = percent(Number($('least').value)); });
  $('least').addEventListener('change', () => trigger('chosen', { least: Number($('least').value) }));
  new ResizeObserver(paint).observe($('scroll'));
}

watch('value', draw);
draw();
