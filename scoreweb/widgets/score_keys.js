// The keys of the score view, those of MuseScore: joined before the script of the view, whose functions they call.
const VALUES = ['64th', '32nd', '16th', 'eighth', 'quarter', 'half', 'whole', 'breve'];

function keyed(event) {
  const id = event.target.closest('g.note-like')?.dataset.id, ctrl = event.ctrlKey || event.metaKey;
  if (event.key === ' ' && event.target.closest('[data-part="paper"]')) player.toggle();
  else if (!id) return;
  else if (!(moved(event, id, ctrl) || edited(event, id, ctrl))) return;
  event.preventDefault();
}

function moved(event, id, ctrl) {
  const on = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  let other = null;
  if (event.key === 'Home') other = shown.order[0];
  else if (event.key === 'End') other = shown.order.at(-1);
  else if (on) other = ctrl ? barAway(id, on) : neighbor(id, on, event.altKey);
  else if (ctrl || event.altKey) return false;
  else if (event.key.toLowerCase() === 'n') { nextDoubt(id); return true; }
  else if (event.key.toLowerCase() === 'l') { chooseAlike(); return true; }
  else if (event.key === 'Enter') { strike(id); return true; }
  else if (event.key === 'Escape') { choose(id, { focus: true, quiet: true }); return true; }
  else return false;
  if (other) choose(other, { focus: true, extend: event.shiftKey });
  return true;
}

function neighbor(id, on, everywhere) {
  const lane = shown.notes[id].lane;
  let at = shown.order.indexOf(id) + on;
  while (!everywhere && shown.order[at] && shown.notes[shown.order[at]].lane !== lane) at += on;
  return shown.order[at];
}

function barAway(id, on) {
  const bar = shown.notes[id].bar;
  const near = on > 0 ? shown.order.find((one) => shown.notes[one].bar > bar) : shown.order.findLast((one) => shown.notes[one].bar < bar);
  return near && shown.order.find((one) => shown.notes[one].bar === shown.notes[near].bar);
}

function edited(event, id, ctrl) {
  if (!shown.editable) return false;
  const what = event.altKey ? withAlt(event, ctrl) : ctrl ? withCtrl(event, id) : plain(event, id);
  if (!what) return false;
  edit(id, what);
  return true;
}

function withAlt(event, ctrl) {
  const up = { ArrowUp: 1, ArrowDown: -1 }[event.key], voice = /^Digit([1-4])$/.exec(event.code);
  if (ctrl && voice) return { kind: 'voice', voice: Number(voice[1]) };
  return up && event.shiftKey && !ctrl ? { kind: 'step', by: up } : null;
}

function withCtrl(event, id) {
  const up = { ArrowUp: 1, ArrowDown: -1 }[event.key], count = /^[2-9]$/.exec(event.key);
  if (up && event.shiftKey) return { kind: 'staff', staff: Math.max(1, shown.notes[id].staff - up) };
  if (up) return { kind: 'transpose', by: 12 * up };
  if (count) return { kind: 'tuplet', count: Number(count[0]) };
  if (event.key === 'Delete' || event.key === 'Backspace') return { kind: event.shiftKey ? 'bar_remove' : 'cut' };
  return event.key.toLowerCase() === 'b' && !event.shiftKey ? { kind: 'bar_after' } : null;
}

function plain(event, id) {
  const key = event.key, up = { ArrowUp: 1, ArrowDown: -1 }[key], alter = { '+': 1, '-': -1, '=': 0 }[key];
  if (up && !event.shiftKey) return { kind: 'transpose', by: up };
  if (alter !== undefined) return { kind: 'accidental', alter };
  if (/^[a-g]$/i.test(key)) return { kind: event.shiftKey ? 'add' : 'letter', letter: key.toUpperCase() };
  if (/^[1-8]$/.test(key)) return { kind: 'value', value: VALUES[Number(key) - 1] };
  if (key === '0') return { kind: 'silence' };
  if (key === '.') return { kind: 'dots', dots: shown.notes[id].dots ? 0 : 1 };
  if (key === 'Delete' || key === 'Backspace') return { kind: 'remove' };
  if (key === 'Insert') return { kind: 'bar_before' };
  return { t: { kind: 'tie' }, s: { kind: 'slur' }, r: { kind: 'repeat' } }[key.toLowerCase()] || null;
}

// Ctrl+Z belongs to the score that is on the screen, wherever the focus is, but for fields with an undo of their own
function takenBack(event) {
  if (!shown?.editable || $('root').offsetParent === null || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  if (event.target.closest?.('input:not([type=range]), textarea, [contenteditable]')) return;
  const name = event.key.toLowerCase();
  if (name === 'z' && !event.shiftKey) takeBack('undo');
  else if (name === 'y' || name === 'z') takeBack('redo');
  else return;
  event.preventDefault();
}

function takeBack(which) {
  const more = sending.busy();  // what is on its way can be taken back too
  if (which === 'undo' && (shown.undo || more)) sending.send('undone', () => ({}));
  if (which === 'redo' && (shown.redo || more)) sending.send('redone', () => ({}));
}
