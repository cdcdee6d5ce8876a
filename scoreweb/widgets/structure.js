// The bar lines and systems of a page, to be corrected by mouse, touch and keys, and then read again.
// Joined before page_view.js, whose functions and values it uses: $, say, shown, make, fill, trigger.
function makeStructure() {
  let on = false, over = null, systems = [], joined = new Set(), chosen = null, seen = '';

  // From the bars as they were read: each system with the lines between its bars
  function offer(drawn) {
    over = drawn;
    const now = JSON.stringify([shown.image, shown.bars.map((bar) => bar.box)]);  // an edit draws the page anew, too
    if (now !== seen) { seen = now; systems = readSystems(); joined = new Set(); chosen = null; on = false; }
    show();
  }

  function readSystems() {
    const found = new Map();
    for (const bar of shown.bars) {
      const [x0, y0, x1, y1] = bar.box, one = found.get(bar.system) || { y0, y1, x0, x1, ends: [], changed: false };
      one.y0 = Math.min(one.y0, y0); one.y1 = Math.max(one.y1, y1);
      one.x0 = Math.min(one.x0, x0); one.x1 = Math.max(one.x1, x1);
      one.ends.push([x0, x1]);
      found.set(bar.system, one);
    }
    for (const one of found.values()) one.xs = one.ends.slice(1).map(([x0], at) => (one.ends[at][1] + x0) / 2);
    return [...found.values()];
  }

  function show() {
    $('rule').setAttribute('aria-pressed', on);
    $('ruling').hidden = $('ruled').hidden = !on;
    $('sheet').classList.toggle('ruling', on);
    for (const old of over.querySelectorAll('.ruler')) old.remove();
    if (!on) return;
    systems.forEach((system, number) => {
      const zone = make('rect', { class: 'ruler zone', x: system.x0, y: system.y0, width: system.x1 - system.x0, height: system.y1 - system.y0 });
      zone.addEventListener('click', (event) => add(number, place(event)));
      over.append(zone);
      system.xs.forEach((x, at) => over.append(line(system, number, x, at)));
    });
    const joins = [...joined].map((n) => fill(say.joined, { first: n + 1, second: n + 2 }));
    $('ruled').textContent = [say.ruling, ...joins].join(' ');
    $('remove').disabled = !chosen || chosen.at === null;
    $('join').disabled = !systems[(chosen?.system ?? 0) + 1] || joined.has(chosen?.system ?? 0);
    $('again').disabled = !joined.size && !systems.some((system) => system.changed);
  }

  function line(system, number, x, at) {
    const own = chosen && chosen.system === number && chosen.at === at;
    const made = make('g', {
      class: 'ruler line' + (own ? ' own' : ''), tabindex: '0', role: 'slider', 'aria-label': fill(say.line, { number: at + 1, system: number + 1 }),
      'aria-valuemin': Math.round(system.x0), 'aria-valuemax': Math.round(system.x1), 'aria-valuenow': Math.round(x),
    });
    made.append(make('rect', { x: x - shown.space, y: system.y0, width: 2 * shown.space, height: system.y1 - system.y0 }));
    made.append(make('path', { d: `M${x} ${system.y0}V${system.y1}` }));
    made.addEventListener('pointerdown', (event) => dragged(event, made, number, at));
    made.addEventListener('keydown', (event) => keyed(event, number, at));
    made.addEventListener('focus', () => { if (!own) { chosen = { system: number, at }; show(); focus(); } });
    return made;
  }

  const place = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(over.getScreenCTM().inverse()).x;
  const focus = () => over.querySelector('.ruler.own')?.focus({ preventScroll: true });

  function move(number, at, x) {
    const system = systems[number], xs = system.xs, room = shown.space;
    xs[at] = Math.min((xs[at + 1] ?? system.x1) - room, Math.max((xs[at - 1] ?? system.x0) + room, x));
    system.changed = true;
  }

  function dragged(event, made, number, at) {
    event.preventDefault();
    chosen = { system: number, at };
    show();
    focus();
    const follow = (moved) => { move(number, at, place(moved)); show(); };
    const end = () => { window.removeEventListener('pointermove', follow); focus(); };
    window.addEventListener('pointermove', follow);
    window.addEventListener('pointerup', end, { once: true });
    window.addEventListener('pointercancel', end, { once: true });
  }

  function keyed(event, number, at) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by) move(number, at, systems[number].xs[at] + by * shown.space * (event.shiftKey ? 2 : 0.25));
    else if (event.key === 'Delete' || event.key === 'Backspace') { remove(); event.preventDefault(); event.stopPropagation(); return; }
    else return;
    event.preventDefault();
    event.stopPropagation();
    show();
    focus();
  }

  function add(number, x) {
    const system = systems[number];
    system.xs = [...system.xs, x].sort((a, b) => a - b);
    system.changed = true;
    chosen = { system: number, at: system.xs.indexOf(x) };
    show();
    focus();
  }

  // By the button: in the middle of the widest bar of the chosen system
  function addWidest() {
    const number = chosen?.system ?? 0, system = systems[number], edges = [system.x0, ...system.xs, system.x1];
    let widest = 0;
    for (let at = 1; at < edges.length - 1; at++) if (edges[at + 1] - edges[at] > edges[widest + 1] - edges[widest]) widest = at;
    add(number, (edges[widest] + edges[widest + 1]) / 2);
  }

  function remove() {
    if (!chosen || chosen.at === null) return;
    systems[chosen.system].xs.splice(chosen.at, 1);
    systems[chosen.system].changed = true;
    chosen = { system: chosen.system, at: null };
    show();
    over.querySelector('.ruler.line')?.focus({ preventScroll: true });
  }

  function again() {
    const middle = (system) => (system.y0 + system.y1) / 2;
    const lines = systems.filter((system) => system.changed).map((system) => [middle(system), system.xs]);
    trigger('ruled', { page: shown.page, lines, joined: [...joined].map((n) => [middle(systems[n]), middle(systems[n + 1])]) });
  }

  function connect() {
    $('rule').addEventListener('click', () => { on = !on; chosen = chosen || { system: 0, at: null }; show(); });
    $('add').addEventListener('click', addWidest);
    $('remove').addEventListener('click', remove);
    $('join').addEventListener('click', () => { joined.add(chosen?.system ?? 0); show(); });
    $('again').addEventListener('click', again);
  }

  return { offer, connect };
}
