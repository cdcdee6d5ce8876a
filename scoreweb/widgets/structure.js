// The bar lines, systems and staves of a page, to be corrected by mouse, touch and keys, and then read again.
// Joined before page_view.js, whose functions and values it uses: $, say, shown, make, fill, trigger.
function makeStructure() {
  let on = false, over = null, systems = [], joined = new Set(), drawn = [], redrawn = false, chosen = null, seen = '';

  // From the bars as they were read: each system with the lines between its bars
  function offer(svg) {
    over = svg;
    const now = JSON.stringify([shown.image, shown.bars.map((bar) => bar.box)]);  // an edit draws the page anew, too
    if (now !== seen) {
      seen = now; systems = readSystems(); joined = new Set(); chosen = null; on = redrawn = false;
      drawn = shown.drawn.map((box) => [...box]);
    }
    show();
  }

  function readSystems() {
    const found = new Map();
    for (const bar of shown.bars) {
      const [x0, y0, x1, y1] = bar.box, one = found.get(bar.system) || { y0, y1, x0, x1, ends: [], changed: false, cuts: new Set() };
      one.y0 = Math.min(one.y0, y0); one.y1 = Math.max(one.y1, y1);
      one.x0 = Math.min(one.x0, x0); one.x1 = Math.max(one.x1, x1);
      one.ends.push([x0, x1]);
      one.staves = shown.staves[bar.system] || [];
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
    const parts = [];
    systems.forEach((system, number) => {
      const zone = make('rect', { class: 'ruler zone', x: system.x0, y: system.y0, width: system.x1 - system.x0, height: system.y1 - system.y0 });
      zone.addEventListener('click', (event) => add(number, place(event).x));
      over.append(zone);
      system.xs.forEach((x, at) => over.append(line(system, number, x, at)));
      system.staves.slice(1).forEach((_, at) => over.append(cut(system, number, at)));
      for (const at of system.cuts) parts.push(fill(say.parted, { system: number + 1, staff: at + 1 }));
    });
    drawn.forEach((box, number) => over.append(staff(box, number)));
    const joins = [...joined].map((n) => fill(say.joined, { first: n + 1, second: n + 2 }));
    $('ruled').textContent = [chosen?.staff === undefined ? say.ruling : say.drawn, ...joins, ...parts].join(' ');
    $('remove').disabled = !chosen || (chosen.at === null && chosen.staff === undefined);
    $('join').disabled = !systems[(chosen?.system ?? 0) + 1] || joined.has(chosen?.system ?? 0);
    $('again').disabled = !joined.size && !redrawn && !systems.some((system) => system.changed || system.cuts.size);
  }

  function line(system, number, x, at) {
    const own = chosen && chosen.system === number && chosen.at === at;
    const made = make('g', {
      class: 'ruler line' + (own ? ' own' : ''), tabindex: '0', role: 'slider', 'aria-label': fill(say.line, { number: at + 1, system: number + 1 }),
      'aria-valuemin': Math.round(system.x0), 'aria-valuemax': Math.round(system.x1), 'aria-valuenow': Math.round(x),
    });
    made.append(make('rect', { x: x - shown.space, y: system.y0, width: 2 * shown.space, height: system.y1 - system.y0 }));
    made.append(make('path', { d: `M${x} ${system.y0}V${system.y1}` }));
    made.addEventListener('pointerdown', (event) => {
      choose({ system: number, at });
      follow(event, (to) => move(number, at, to.x));
    });
    made.addEventListener('keydown', (event) => keyed(event, (dx) => dx && move(number, at, systems[number].xs[at] + dx)));
    made.addEventListener('focus', () => { if (!own) choose({ system: number, at }); });
    return made;
  }

  // Between two staves of a system: whether it ends there
  function cut(system, number, at) {
    const above = system.staves[at][1], below = system.staves[at + 1][0], y = (above + below) / 2;
    const own = chosen && chosen.system === number && chosen.cut === at, half = Math.max(0.3 * (below - above), 0.5 * shown.space);
    const made = make('g', {
      class: 'ruler cut' + (own ? ' own' : ''), tabindex: '0', role: 'switch', 'aria-checked': system.cuts.has(at),
      'aria-label': fill(say.cut, { system: number + 1, staff: at + 1 }),
    });
    made.append(make('rect', { x: system.x0, y: y - half, width: system.x1 - system.x0, height: 2 * half }));
    made.append(make('path', { d: `M${system.x0} ${y}H${system.x1}` }));
    const turn = () => {
      if (!system.cuts.delete(at)) system.cuts.add(at);
      choose({ system: number, at: null, cut: at });
    };
    made.addEventListener('click', turn);
    made.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      event.stopPropagation();
      turn();
    });
    return made;
  }

  // A staff that was missed: five lines to be dragged onto those of the picture
  function staff(box, number) {
    const [x0, y0, x1, y1] = box, own = chosen && chosen.staff === number, pixel = 1 / (over.getScreenCTM()?.a || 1);
    const made = make('g', { class: 'ruler staff' + (own ? ' own' : ''), tabindex: '0', role: 'button', 'aria-label': fill(say.staff, { number: number + 1 }) });
    const lines = [0, 1, 2, 3, 4].map((n) => `M${x0} ${y0 + (n * (y1 - y0)) / 4}H${x1}`).join('');
    const body = make('rect', { x: x0, y: y0, width: x1 - x0, height: y1 - y0 });
    made.append(body, make('path', { d: lines }));
    body.addEventListener('pointerdown', (event) => {
      choose({ staff: number });
      let last = place(event);
      follow(event, (to) => { shift(number, [to.x - last.x, to.y - last.y, to.x - last.x, to.y - last.y]); last = to; });
    });
    for (const [x, y, at] of [[x0, y0, 0], [x1, y1, 2]]) {
      const corner = make('circle', { cx: x, cy: y, r: 14 * pixel });
      corner.addEventListener('pointerdown', (event) => {
        choose({ staff: number });
        follow(event, (to) => {
          const by = [0, 0, 0, 0];
          by[at] = to.x - drawn[number][at];
          by[at + 1] = to.y - drawn[number][at + 1];
          shift(number, by);
        });
      });
      made.append(corner);
    }
    made.addEventListener('keydown', (event) => keyed(event, (dx, dy) => shift(number, event.shiftKey ? [0, 0, dx / 2, dy / 8] : [dx, dy, dx, dy])));
    made.addEventListener('focus', () => { if (!own) choose({ staff: number }); });
    return made;
  }

  function shift(number, by) {
    const next = drawn[number].map((value, at) => value + by[at]), size = shown.space;
    if (next[2] - next[0] < 3 * size || next[3] - next[1] < size) return;
    if (next[0] < 0 || next[1] < 0 || next[2] > shown.width || next[3] > shown.height) return;
    drawn[number] = next;
    redrawn = true;
  }

  const place = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(over.getScreenCTM().inverse());
  const focus = () => over.querySelector('.ruler.own')?.focus({ preventScroll: true });

  function choose(what) {
    chosen = what;
    show();
    focus();
  }

  function move(number, at, x) {
    const system = systems[number], xs = system.xs, room = shown.space;
    xs[at] = Math.min((xs[at + 1] ?? system.x1) - room, Math.max((xs[at - 1] ?? system.x0) + room, x));
    system.changed = true;
  }

  function follow(event, step) {
    event.preventDefault();
    const moved = (to) => { step(place(to)); show(); };
    const end = () => { window.removeEventListener('pointermove', moved); focus(); };
    window.addEventListener('pointermove', moved);
    window.addEventListener('pointerup', end, { once: true });
    window.addEventListener('pointercancel', end, { once: true });
  }

  function keyed(event, step) {
    const by = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (by) step(...by.map((one) => one * shown.space * (event.shiftKey ? 2 : 0.25)));
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
    choose({ system: number, at: system.xs.indexOf(x) });
  }

  // By the button: in the middle of the widest bar of the chosen system
  function addWidest() {
    const number = chosen?.system ?? 0, system = systems[number], edges = [system.x0, ...system.xs, system.x1];
    let widest = 0;
    for (let at = 1; at < edges.length - 1; at++) if (edges[at + 1] - edges[at] > edges[widest + 1] - edges[widest]) widest = at;
    add(number, (edges[widest] + edges[widest + 1]) / 2);
  }

  // Where there is most room for one: between staves, or else below the last
  function drawStaff() {
    const staves = [...systems.flatMap((system) => system.staves), ...drawn.map((box) => [box[1], box[3]])].sort((a, b) => a[0] - b[0]);
    const size = 4 * shown.space, last = staves[staves.length - 1];
    let most = 3 * size, top = Math.max(0, Math.min(last[1] + 2 * size, shown.height - 1.1 * size));
    for (let at = 1; at < staves.length; at++) {
      const gap = staves[at][0] - staves[at - 1][1];
      if (gap > most) { most = gap; top = (staves[at][0] + staves[at - 1][1] - size) / 2; }
    }
    drawn.push([Math.min(...systems.map((one) => one.x0)), top, Math.max(...systems.map((one) => one.x1)), top + size]);
    redrawn = true;
    choose({ staff: drawn.length - 1 });
    const box = over.querySelector('.ruler.own').getBoundingClientRect(), sheet = $('sheet').getBoundingClientRect();
    if (box.top < sheet.top || box.bottom > sheet.bottom) $('sheet').scrollTop += box.top - sheet.top - 60;
  }

  function remove() {
    if (chosen?.staff !== undefined) {
      drawn.splice(chosen.staff, 1);
      redrawn = true;
      chosen = null;
    } else if (chosen && chosen.at !== null) {
      systems[chosen.system].xs.splice(chosen.at, 1);
      systems[chosen.system].changed = true;
      chosen = { system: chosen.system, at: null };
    } else return;
    show();
    over.querySelector('.ruler.staff, .ruler.line')?.focus({ preventScroll: true });
  }

  function again() {
    const middle = (system) => (system.y0 + system.y1) / 2;
    const lines = systems.filter((system) => system.changed).map((system) => [middle(system), system.xs]);
    const parted = systems.flatMap((system) => [...system.cuts].map((at) => (system.staves[at][1] + system.staves[at + 1][0]) / 2));
    const pairs = [...joined].map((n) => [middle(systems[n]), middle(systems[n + 1])]);
    trigger('ruled', { page: shown.page, lines, joined: pairs, parted, staves: drawn });
  }

  function connect() {
    $('rule').addEventListener('click', () => { on = !on; chosen = chosen || { system: 0, at: null }; show(); });
    $('add').addEventListener('click', addWidest);
    $('remove').addEventListener('click', remove);
    $('join').addEventListener('click', () => { joined.add(chosen?.system ?? 0); show(); });
    $('draw').addEventListener('click', drawStaff);
    $('again').addEventListener('click', again);
  }

  return { offer, connect };
}
