// Larger and smaller, by buttons and by Ctrl with the wheel: joined before the script of a view whose template has `zoom_html`.
// The view's style sheet multiplies by --zoom, which is set on `paper`.
const ZOOMS = [0.75, 1, 1.25, 1.5, 2, 2.5, 3, 4];

function makeZoom(part, paper) {
  let at = ZOOMS.indexOf(1);

  function to(index) {
    const new_at = Math.max(0, Math.min(ZOOMS.length - 1, index)), factor = ZOOMS[new_at] / ZOOMS[at], box = part(paper);
    const middle = [box.scrollLeft + box.clientWidth / 2, box.scrollTop + box.clientHeight / 2];
    at = new_at;
    box.style.setProperty('--zoom', ZOOMS[at]);
    box.scrollLeft = middle[0] * factor - box.clientWidth / 2;  // what is looked at stays in the middle
    box.scrollTop = middle[1] * factor - box.clientHeight / 2;
    part('zoomed').textContent = Math.round(100 * ZOOMS[at]) + ' %';
    part('smaller').disabled = at === 0;
    part('larger').disabled = at === ZOOMS.length - 1;
  }

  function connect() {
    part('smaller').addEventListener('click', () => to(at - 1));
    part('larger').addEventListener('click', () => to(at + 1));
    part(paper).addEventListener('wheel', (event) => {
      if (!event.ctrlKey || !event.deltaY) return;
      event.preventDefault();
      to(at - Math.sign(event.deltaY));
    }, { passive: false });
    to(at);
  }

  return { connect };
}
