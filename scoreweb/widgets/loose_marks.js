// Marks on the page that the score does not have: one is chosen by a click or by keys, and a button beside it puts it in.
function makeLooseMarks() {
  let marks = [], button = null, own = null;

  function offer(over, stack) {
    const all = shown.loose || [];
    $('loose').hidden = !all.length;
    own = null;
    button = document.createElement('button');
    button.type = 'button';
    button.className = 'put';
    button.textContent = say.put;
    button.hidden = true;
    button.addEventListener('click', put);
    button.addEventListener('keydown', (event) => { if (event.key === 'Escape') close(); });
    marks = all.map((one) => mark(one));
    if (marks.length) marks[0].setAttribute('tabindex', '0');
    over.append(...marks);
    stack.append(button);
  }

  function mark(one) {
    const [x0, y0, x1, y1] = one.box, room = 0.15 * shown.space;
    const made = make('rect', {
      x: x0 - room, y: y0 - room, width: x1 - x0 + 2 * room, height: y1 - y0 + 2 * room, rx: room, class: 'loose', role: 'button', tabindex: '-1',
      'aria-label': fill(say['loose_' + one.kind], { number: one.bar + 1 }),
    });
    made.dataset.mark = one.mark;
    made.addEventListener('click', () => choose_mark(made, one));
    return made;
  }

  function choose_mark(made, one) {
    close();
    own = { made, one };
    made.classList.add('chosen');
    made.setAttribute('tabindex', '0');
    pick(one.bar);
    button.hidden = false;
    button.setAttribute('aria-label', `${say.put}: ${made.getAttribute('aria-label')}`);
    const [x0, , x1, y1] = one.box;
    button.style.left = `${100 * Math.min(0.86, (x0 + x1) / 2 / shown.width)}%`;
    button.style.top = `${100 * Math.min(0.95, (y1 + 0.6 * shown.space) / shown.height)}%`;
    button.focus({ preventScroll: true });
  }

  function put() {
    if (own) trigger('put_in', { mark: own.one.mark, order: ordered() });
    close();
  }

  function close() {
    if (own) own.made.classList.remove('chosen');
    const back = own && document.activeElement === button ? own.made : null;
    own = null;
    button.hidden = true;
    if (back) back.focus({ preventScroll: true });
  }

  // Whether a key was for a mark: arrows go from one to the next, Enter chooses it.
  function key(event) {
    const at = marks.indexOf(event.target);
    if (at < 0 || event.altKey || event.ctrlKey || event.metaKey) return false;
    const go = { ArrowRight: at + 1, ArrowDown: at + 1, ArrowLeft: at - 1, ArrowUp: at - 1, Home: 0, End: marks.length - 1 }[event.key];
    if (go !== undefined) {
      const other = marks[go];
      if (other) { marks.forEach((one) => one.setAttribute('tabindex', '-1')); other.setAttribute('tabindex', '0'); other.focus(); within(other); }
    } else if (event.key === 'Enter' || event.key === ' ') event.target.dispatchEvent(new MouseEvent('click'));
    else return false;
    event.preventDefault();
    return true;
  }

  return { offer, key };
}
