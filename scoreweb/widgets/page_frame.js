// An uploaded page to be turned by quarters and cut to four corners, by mouse, touch and keys, before a job gets it.
// Runs as the js_on_load of a gr.HTML: element, trigger, props and watch are given by Gradio.
const LEAST = 0.05, WAIT_MS = 600;
const WHOLE = [[0, 0], [1, 0], [1, 1], [0, 1]];
let say = {}, shown = null, newest = 0, corners = WHOLE, waiting = 0;

function draw() {
  if (props.value?.turn < newest) return;  // made before what is shown, and overtaken on the way
  newest = props.value?.turn ?? newest;
  say = JSON.parse($('sentences').textContent);
  connect();
  shown = props.value && props.value.image ? props.value : null;
  $('root').hidden = !shown;
  clearTimeout(waiting);
  waiting = 0;
  if (!shown) return;
  corners = shown.corners.map((one) => [...one]);
  const picture = $('picture');
  picture.src = shown.image;
  picture.width = shown.width;
  picture.height = shown.height;
  picture.alt = fill(say.page, { number: shown.page + 1, pages: shown.pages });
  $('stack').style.setProperty('--wide', shown.width / shown.height);
  $('turn').hidden = shown.pages < 2;
  $('number').textContent = picture.alt;
  $('earlier').disabled = shown.page === 0;
  $('later').disabled = shown.page === shown.pages - 1;
  show();
}

const points = () => corners.map(([x, y]) => `${x * shown.width} ${y * shown.height}`);

function show() {
  const focused = [...$('over').querySelectorAll('.corner')].indexOf(document.activeElement);
  const { width, height } = shown, pixel = width / ($('picture').clientWidth || width);
  $('over').setAttribute('viewBox', `0 0 ${width} ${height}`);
  const path = 'M' + points().join('L') + 'Z';
  const outside = make('path', { class: 'outside', 'fill-rule': 'evenodd', d: `M0 0H${width}V${height}H0Z${path}` });
  const edge = make('path', { class: 'edge', d: path });
  const handles = corners.map(([x, y], at) => {
    const made = make('g', { class: 'corner', tabindex: '0', role: 'button', 'aria-label': fill(say.corner, { corner: [say.top_left, say.top_right, say.bottom_right, say.bottom_left][at] }) });
    made.append(make('circle', { class: 'reach', cx: x * width, cy: y * height, r: 24 * pixel }), make('circle', { class: 'knob', cx: x * width, cy: y * height, r: 11 * pixel }));
    made.addEventListener('pointerdown', (event) => dragged(event, at));
    made.addEventListener('keydown', (event) => keyed(event, at));
    made.addEventListener('focusout', () => { if (waiting) send(); });
    return made;
  });
  $('over').replaceChildren(outside, edge, ...handles);
  if (focused >= 0) handles[focused].focus({ preventScroll: true });
  $('whole').disabled = JSON.stringify(corners) === JSON.stringify(WHOLE);
}

// Corners that still go round clockwise, apart from each other
function sound(all) {
  return all.every(([ax, ay], at) => {
    const [bx, by] = all[(at + 1) % 4], [cx, cy] = all[(at + 2) % 4];
    return (bx - ax) * (cy - by) - (by - ay) * (cx - bx) > 0.001 && Math.hypot(bx - ax, by - ay) >= LEAST;
  });
}

function move(at, x, y) {
  const next = corners.map((one, n) => (n === at ? [Math.min(1, Math.max(0, x)), Math.min(1, Math.max(0, y))] : one));
  if (!sound(next)) return;
  corners = next;
  show();
}

function dragged(event, at) {
  event.preventDefault();
  const place = (to) => {
    const box = $('picture').getBoundingClientRect();
    return [(to.clientX - box.left) / box.width, (to.clientY - box.top) / box.height];
  };
  const [x, y] = place(event), off = [corners[at][0] - x, corners[at][1] - y], before = JSON.stringify(corners);
  const focus = () => $('over').querySelectorAll('.corner')[at].focus({ preventScroll: true });
  const moved = (to) => { const [nx, ny] = place(to); move(at, nx + off[0], ny + off[1]); };
  const end = () => {
    window.removeEventListener('pointermove', moved);
    focus();
    if (JSON.stringify(corners) !== before) send();
  };
  focus();
  window.addEventListener('pointermove', moved);
  window.addEventListener('pointerup', end, { once: true });
  window.addEventListener('pointercancel', end, { once: true });
}

function keyed(event, at) {
  const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (!by) return;
  event.preventDefault();
  event.stopPropagation();
  const step = event.shiftKey ? 0.05 : 0.005;
  move(at, corners[at][0] + by[0] * step, corners[at][1] + by[1] * step);
  trigger('touched', {});
  clearTimeout(waiting);
  waiting = setTimeout(send, WAIT_MS);
}

function send() {
  clearTimeout(waiting);
  waiting = 0;
  trigger('touched', {});
  trigger('framed', { page: shown.page, turns: shown.turns, corners });
}

// The corners go with the picture when it is turned
function quarter(by) {
  const turned = corners.map(([x, y]) => (by > 0 ? [1 - y, x] : [y, 1 - x]));
  corners = by > 0 ? [turned[3], ...turned.slice(0, 3)] : [...turned.slice(1), turned[0]];
  shown.turns = (shown.turns + by + 4) % 4;  // at once: a second click may come before the answer
  send();
}

function connect() {
  // Gradio may have put a fresh template in place of the old one
  const root = $('root');
  if (root.dataset.ready) return;
  root.dataset.ready = 'yes';
  $('left').addEventListener('click', () => quarter(-1));
  $('right').addEventListener('click', () => quarter(1));
  $('whole').addEventListener('click', () => { corners = WHOLE; show(); send(); });
  $('earlier').addEventListener('click', () => trigger('turned', { page: shown.page - 1 }));
  $('later').addEventListener('click', () => trigger('turned', { page: shown.page + 1 }));
  new ResizeObserver(() => { if (shown) show(); }).observe($('picture'));
}

watch('value', draw);
draw();
