// Corrections are sent one at a time, the next when the last was answered: so they are made in the order in which they were
// typed, no drawing of an older score comes after a newer one's, and no visitor waits for another. Joined before the script of a view.
//   trigger(name, detail)  sends one; `detail` carries its `turn`, which the answer names
//   changed(busy)          whether something is on its way
const PATIENCE_MS = 15000;  // an answer that was lost must not end all editing; one that comes later than this does no harm

function makeSending(trigger, changed) {
  let waiting = [], turn = 0, current = null, timer = null;

  function send(name, detail) {
    waiting.push([name, detail, ordered()]);  // when it was typed, not when its turn comes
    next();
  }

  function next() {
    if (current !== null) return;
    changed(waiting.length > 0);
    if (!waiting.length) return;
    const [name, detail, order] = waiting.shift(), mine = current = ++turn;
    timer = setTimeout(() => answered(mine), PATIENCE_MS);
    trigger(name, { ...detail(), order, turn: mine });
  }

  function answered(answer) {
    if (answer !== current) return;
    clearTimeout(timer);
    current = null;
    next();
  }

  return { send, answered, busy: () => current !== null || waiting.length > 0 };
}
