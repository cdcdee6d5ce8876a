// A bar's readings as pictures to choose from, by mouse, touch and keys. Runs as the js_on_load of a gr.HTML, as page_view.js does.
const $ = (name) => element.querySelector('[data-part="' + name + '"]');
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
const AS_CORRECTED = -1;
let shown = null, walking = false, newest = 0;

function draw() {
  if (props.value?.turn < newest) return;  // made before what is shown, and overtaken on the way
  newest = props.value?.turn ?? newest;
  const say = JSON.parse($('sentences').textContent), again = $('root').contains(document.activeElement);
  shown = props.value && props.value.readings ? props.value : null;
  $('choices').hidden = $('rest').hidden = !shown;
  for (const part of ['keys', 'replaces', 'alike']) $(part).hidden = true;
  $('title').textContent = say.none;
  if (!shown) { $('choices').replaceChildren(); return; }
  walking = shown.walk;
  const number = shown.bar + 1, count = shown.readings.length;
  const left = !shown.left ? say.left_none : shown.left === 1 ? say.left_one : fill(say.left, { count: shown.left });
  $('title').textContent = fill(say.title, { number }) + ' · ' + (count === 1 ? say.one : fill(say.several, { count })) + ' · ' + left;
  $('choices').setAttribute('aria-label', fill(say.title, { number }));
  const crop = document.createElement('img');
  crop.className = 'crop';
  crop.src = shown.crop;
  crop.alt = fill(say.crop, { number });
  const made = shown.readings.map((one, index) => {
    const values = { rank: index + 1, number, share: one.share };
    const told = [fill(say.share, values), one.differs, one.sums ? '' : say.off];
    return card(index, one, told, fill(say.reading, values) + ', ' + (one.sums ? say.sums : say.off) + (one.differs ? ', ' + one.differs : ''), say);
  });
  if (shown.corrected) made.unshift(card(AS_CORRECTED, { svg: shown.corrected, changed: [], sums: true }, [say.corrected], say.corrected, say));
  $('choices').replaceChildren(crop, ...made);
  $('rest').textContent = fill(say.rest, { share: shown.none_of_these });
  $('replaces').textContent = say.replaces;
  $('replaces').hidden = !shown.corrected;
  $('alike').textContent = fill(say.alike, { count: shown.alike });
  $('alike').hidden = !shown.alike;
  $('keys').textContent = say.keys;
  $('keys').hidden = !walking;
  connect();
  if (shown.look || walking) requestAnimationFrame(() => $('root').scrollIntoView({ block: 'nearest' }));
  if (again || walking) ($('choices').querySelector('button.own') || $('choices').querySelector('button'))?.focus({ preventScroll: true });
}

function card(index, one, told, label, say) {
  const button = document.createElement('button'), text = document.createElement('span'), paper = document.createElement('span');
  const own = index === shown.chosen;
  button.type = 'button';
  button.className = own ? 'own' : '';
  button.dataset.reading = index;
  button.setAttribute('aria-pressed', own);
  button.setAttribute('aria-label', label + (own ? ', ' + say.chosen : ''));
  paper.className = 'paper';
  paper.innerHTML = one.svg;  // drawn and cleaned by our own engraver
  for (const group of paper.querySelectorAll('g[data-id]')) group.classList.toggle('changed', one.changed.includes(group.dataset.id));
  text.className = 'told' + (one.sums ? '' : ' off');
  text.textContent = [...told, own ? say.chosen : ''].filter(Boolean).join(' · ');
  button.append(paper, text);
  button.addEventListener('click', () => decide(index));
  return button;
}

function decide(reading) {
  trigger('decided', { bar: shown.bar, reading, walk: walking, order: ordered() });
}

function keyed(event) {
  if (!shown || event.ctrlKey || event.metaKey || event.altKey) return;
  const digit = /^[1-9]$/.exec(event.key), name = event.key.toLowerCase();
  if (digit && Number(digit[0]) <= shown.readings.length) decide(Number(digit[0]) - 1);
  else if (name === 'n') window.dispatchEvent(new CustomEvent('scoreweb:next'));
  else if (event.key === 'Escape') window.dispatchEvent(new CustomEvent('scoreweb:back'));
  else return;
  event.preventDefault();
}

function connect() {
  if ($('root').dataset.ready) return;  // Gradio may have put a fresh template in place of the old one
  $('root').dataset.ready = 'yes';
  $('root').addEventListener('keydown', keyed);
  let from = null;
  $('root').addEventListener('touchstart', (event) => { from = event.touches.length === 1 ? event.changedTouches[0] : null; }, { passive: true });
  $('root').addEventListener('touchend', (event) => {
    const to = event.changedTouches[0], right = from && to.clientX - from.clientX;
    if (shown && from && Math.abs(right) > 60 && Math.abs(to.clientY - from.clientY) < 40) {
      window.dispatchEvent(new CustomEvent('scoreweb:step', { detail: { by: right < 0 ? 1 : -1 } }));
    }
    from = null;
  }, { passive: true });
  $('alike').addEventListener('click', () => trigger('decided', { bar: shown.bar, reading: shown.chosen, alike: true, order: ordered() }));
}

watch('value', draw);
draw();
