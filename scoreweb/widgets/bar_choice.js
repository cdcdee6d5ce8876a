// A bar's readings as pictures to choose from. Runs as the js_on_load of a gr.HTML, as pageview.js does.
const $ = (name) => element.querySelector('[data-part="' + name + '"]');
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, key) => values[key]);

function draw() {
  const say = JSON.parse($('sentences').textContent), shown = props.value && props.value.readings ? props.value : null;
  const again = $('choices').contains(document.activeElement);
  $('choices').hidden = $('rest').hidden = !shown;
  $('title').textContent = say.none;
  if (!shown) { $('choices').replaceChildren(); return; }
  const number = shown.bar + 1, count = shown.readings.length;
  $('title').textContent = fill(say.title, { number }) + ' · ' + (count === 1 ? say.one : fill(say.several, { count }));
  $('choices').setAttribute('aria-label', fill(say.title, { number }));
  const crop = document.createElement('img');
  crop.className = 'crop';
  crop.src = shown.crop;
  crop.alt = fill(say.crop, { number });
  $('choices').replaceChildren(crop, ...shown.readings.map((one, index) => {
    const button = document.createElement('button'), told = document.createElement('span'), paper = document.createElement('span');
    const own = index === shown.chosen, values = { rank: index + 1, number, share: one.share };
    button.type = 'button';
    button.className = own ? 'own' : '';
    button.setAttribute('aria-pressed', own);
    button.setAttribute('aria-label', fill(say.reading, values) + ', ' + (one.sums ? say.sums : say.off) + (own ? ', ' + say.chosen : ''));
    paper.className = 'paper';
    paper.innerHTML = one.svg;  // drawn and cleaned by our own engraver
    told.className = 'told' + (one.sums ? '' : ' off');
    told.textContent = fill(say.share, values) + (one.sums ? '' : ' · ' + say.off) + (own ? ' · ' + say.chosen : '');
    button.append(paper, told);
    button.addEventListener('click', () => trigger('decided', { bar: shown.bar, reading: index }));
    return button;
  }));
  $('rest').textContent = fill(say.rest, { share: shown.none_of_these });
  if (shown.look) requestAnimationFrame(() => $('root').scrollIntoView({ block: 'nearest' }));
  if (again) $('choices').querySelector('button.own')?.focus({ preventScroll: true });
}

watch('value', draw);
draw();
