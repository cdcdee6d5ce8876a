// What is chosen in the score view, one note or many, and the buttons that correct it: joined before the script of the view.
let selected = null, anchor = null, many = [], picks = 0;
const sending = makeSending((name, detail) => trigger(name, detail), (busy) => $('paper').setAttribute('aria-busy', String(busy)));
const answered = sending.answered;

function choose(id, { focus = false, quiet = false, extend = false } = {}) {
  const group = groups.get(id);
  if (!group) return;
  if (!quiet) picks++;
  if (!extend) anchor = id;
  selected = id;
  choosePicked(extend ? between(anchor, id) : [id]);
  for (const other of $('paper').querySelectorAll('g.note-like[tabindex="0"]')) other.setAttribute('tabindex', '-1');
  group.setAttribute('tabindex', '0');
  markBar(shown.notes[id].bar);
  if (focus) group.focus({ preventScroll: false });
  if (quiet) return;
  player.seekNote(id);
  tellBar(shown.notes[id].bar);
  trigger('picked', { id, order: ordered() });
}

function choosePicked(ids) {
  for (const other of $('paper').querySelectorAll('g.selected')) { other.classList.remove('selected'); other.removeAttribute('aria-pressed'); }
  many = ids.filter((id) => groups.has(id));
  for (const id of many) {
    groups.get(id).classList.add('selected');
    groups.get(id).setAttribute('aria-pressed', 'true');
  }
  pickedText();
  repeatChosen();
}

// All of one staff from one note to another
function between(first, last) {
  const lane = shown.notes[last].lane, at = [shown.order.indexOf(first), shown.order.indexOf(last)].sort((a, b) => a - b);
  return shown.order.slice(at[0], at[1] + 1).filter((id) => shown.notes[id].lane === lane);
}

function chooseAlike() {
  if (!selected) return;
  const alike = shown.notes[selected].alike;
  choosePicked(shown.order.filter((id) => shown.notes[id].alike === alike));
}

function pickedText() {
  const note = selected && shown.notes[selected], first = many.length && shown.notes[many[0]], last = many.length && shown.notes[many.at(-1)];
  const number = (one) => shown.bars[one.bar]?.number ?? '';
  if (many.length > 1) {
    const text = first.bar === last.bar ? say.picked_several_one : say.picked_several;
    $('picked').textContent = fill(text, { count: many.length, first: number(first), last: number(last) });
  } else $('picked').textContent = note ? fill(say.picked, { label: note.label, number: number(note) }) : say.pick;
  $('readings').replaceChildren(...(note && many.length < 2 && shown.editable ? alternatives(selected) : []));
  for (const tool of $('edit').querySelectorAll('[data-edit]')) tool.disabled = !note || (note.midi === null && PITCHED.has(tool.dataset.tool));
  for (const field of $('edit').querySelectorAll('[data-sign]')) field.disabled = !note;
  for (const field of $('edit').querySelectorAll('[data-words]')) {
    field.disabled = !note || (field.dataset.words === 'lyric' && note.midi === null);
    field.value = note?.[field.dataset.words] || '';
  }
}

const PITCHED = new Set(['up', 'down', 'sharp', 'natural', 'flat', 'tie', 'slur', 'silence', 'chord']);

function edit(id, what) {
  if (!shown.editable || !shown.notes[id]) return;
  if (selected !== id) choose(id, { quiet: true });
  const ids = many.includes(id) ? many : [id], turn = picks;
  // Typed ahead: it is meant for what the edits before it leave chosen, unless something else was chosen since
  sending.send('edited', () => ({ ids: turn === picks && many.length ? many : ids, ...what }));
}

function useTool(tool) {
  const note = selected && shown.notes[selected], what = JSON.parse(tool.dataset.edit), name = tool.dataset.tool;
  if (!note) return;
  if (name === 'alike') { chooseAlike(); return; }
  if (name === 'dot') edit(selected, { kind: 'dots', dots: note.dots ? 0 : 1 });
  else if (name === 'chord') edit(selected, { kind: 'add', letter: 'CDEFGAB'[('CDEFGAB'.indexOf(note.name[0]) + 2) % 7] });
  else if (name === 'staff_up' || name === 'staff_down') edit(selected, { kind: 'staff', staff: Math.max(1, note.staff + (name === 'staff_up' ? -1 : 1)) });
  else if (name === 'one_voice') edit(selected, { ...what, bars: barsChosen() });
  else edit(selected, what);
}

function barsChosen() {
  const bars = many.map((id) => shown.notes[id].bar);
  return bars.length ? Math.max(...bars) - Math.min(...bars) + 1 : 1;
}

function setWords(field) {
  if (selected) edit(selected, { kind: field.dataset.words, text: field.value });
}

function setSign(field) {
  if (!field.value || !selected) return;
  edit(selected, { kind: field.dataset.sign, value: field.value, bars: Number($('stretch').value) || null });
  field.value = '';
}
