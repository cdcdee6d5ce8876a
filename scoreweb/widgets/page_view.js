// The visitor's page with marks on it and bars to choose. Nothing is fetched but the page's own picture.
// Runs as the js_on_load of a gr.HTML: element, trigger, props and watch are given by Gradio.
let say = {}, shown = null, newest = 0, picture = null, rects = [];
const zoom = makeZoom($, 'sheet');
const structure = makeStructure();
const loose = makeLooseMarks();

function draw() {
  if (props.value?.turn < newest) return;  // made before what is shown, and overtaken on the way
  newest = props.value?.turn ?? newest;
  say = JSON.parse($('sentences').textContent);
  connect();
  shown = props.value && props.value.image ? props.value : null;
  $('root').hidden = !shown;
  if (!shown) { picture = null; $('sheet').replaceChildren(); return; }
  const focused = $('sheet').contains(document.activeElement);
  if (!picture || picture.getAttribute('src') !== shown.image) {  // the same picture is kept: it must not flicker
    picture = document.createElement('img');
    picture.src = shown.image;
    picture.width = shown.width;
    picture.height = shown.height;
  }
  picture.alt = fill(say.page, { number: shown.page + 1, pages: shown.pages });
  const over = make('svg', { viewBox: `0 0 ${shown.width} ${shown.height}`, role: 'group', 'aria-label': say.title });
  shown.marks.forEach((path, level) => { if (path) over.append(make('path', { d: path, class: 'mark d' + level, 'aria-hidden': 'true' })); });
  rects = shown.bars.map((bar) => rect(bar));
  over.append(...rects);
  const stack = document.createElement('div');
  stack.className = 'stack';
  stack.append(picture, over);
  loose.offer(over, stack);
  structure.offer(over);
  $('sheet').replaceChildren(stack);
  $('turn').hidden = shown.pages < 2;
  $('number').textContent = fill(say.page, { number: shown.page + 1, pages: shown.pages });
  $('earlier').disabled = shown.page === 0;
  $('later').disabled = shown.page === shown.pages - 1;
  marks();
  if (rects.length) rects[0].setAttribute('tabindex', '0');
  if (shown.chosen !== null && shown.chosen !== undefined) choose(shown.chosen, focused);
}

function rect(bar) {
  const [x0, y0, x1, y1] = bar.box, room = 0.7 * shown.space;
  const grade = bar.gap ? 2 : bar.level, told = bar.gap ? say.gap : bar.sums ? say.bar : say.off;
  const made = make('rect', {
    x: x0, y: y0 - room, width: Math.max(1, x1 - x0), height: y1 - y0 + 2 * room, rx: 0.3 * shown.space,
    class: 'bar d' + grade + (bar.sums && !bar.gap ? '' : ' off'), role: 'button', tabindex: '-1',
    'aria-label': fill(told, { number: bar.bar + 1, share: bar.share }) + (grade ? ', ' + say.check : ''),
  });
  made.dataset.bar = bar.bar;
  made.addEventListener('click', () => pick(bar.bar));
  return made;
}

function pick(bar) {
  choose(bar, true);
  window.dispatchEvent(new CustomEvent('scoreweb:bar', { detail: { bar, from: 'page' } }));
  trigger('bar_picked', { bar, order: ordered() });
}

function choose(bar, focus) {
  for (const one of rects) {
    const own = Number(one.dataset.bar) === bar;
    one.classList.toggle('chosen', own);
    one.setAttribute('aria-pressed', own);
    if (own) {
      rects.forEach((other) => other.setAttribute('tabindex', '-1'));
      one.setAttribute('tabindex', '0');
      if (focus) one.focus({ preventScroll: true });
      within(one);
    }
  }
}

function within(one) {
  // Only the sheet is scrolled, never the page that the visitor looks at
  const box = one.getBoundingClientRect(), sheet = $('sheet').getBoundingClientRect();
  if (box.top < sheet.top || box.bottom > sheet.bottom) $('sheet').scrollTop += box.top - sheet.top - 30;
  if (box.left < sheet.left || box.right > sheet.right) $('sheet').scrollLeft += box.left - sheet.left - 30;
}

function key(event) {
  const at = rects.indexOf(event.target);
  if (loose.key(event) || at < 0 || event.altKey || event.ctrlKey || event.metaKey) return;
  const go = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: rects.length - 1 }[event.key];
  if (go !== undefined) {
    const other = rects[go];
    if (other) { rects.forEach((one) => one.setAttribute('tabindex', '-1')); other.setAttribute('tabindex', '0'); other.focus(); within(other); }
  } else if (event.key === 'Enter' || event.key === ' ') pick(Number(event.target.dataset.bar));
  else return;
  event.preventDefault();
}

const marks = () => $('sheet').classList.toggle('bare', !$('marks').checked);

function connect() {
  // Gradio may have put a fresh template in place of the old one
  const root = $('root');
  if (root.dataset.ready) return;
  root.dataset.ready = 'yes';
  zoom.connect();
  structure.connect();
  $('marks').addEventListener('change', marks);
  $('sheet').addEventListener('keydown', key);
  $('earlier').addEventListener('click', () => trigger('turned', { page: shown.page - 1 }));
  $('later').addEventListener('click', () => trigger('turned', { page: shown.page + 1 }));
}

window.addEventListener('scoreweb:bar', (event) => { if (shown && event.detail.from !== 'page') choose(event.detail.bar, false); });
window.addEventListener('scoreweb:sounding', (event) => {
  for (const one of rects) one.classList.toggle('sounding', Number(one.dataset.bar) === event.detail.bar);
});
watch('value', draw);
draw();
