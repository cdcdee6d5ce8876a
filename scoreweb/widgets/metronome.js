// The metronome of the recorder: a bar counted in before the recording, and clicks during it where they are wanted.
// Runs before recorder.js, as part of the same js_on_load; the recording's own clock times the clicks.
const CLICK = 0.03, AHEAD = 0.6; // seconds: of a click, and for how long clicks are ordered beforehand

function beaten() { // what is set: null without a metronome
  const how = element.querySelector('[data-part="metronome"]').value;
  if (how === 'off') return null;
  const tempo = Number(element.querySelector('[data-part="beats"]').value);
  const metre = element.querySelector('[data-part="bar"]').value;
  const [above, below] = metre.split('/').map(Number);
  const count = below >= 8 && above > 3 && above % 3 === 0 ? above / 3 : above; // 6/8 is beaten in two
  return tempo >= 20 && tempo <= 400 ? { how, tempo, metre, count, step: 60 / tempo } : null;
}

class Metronome {
  constructor(context, set) {
    this.context = context; this.set = set; this.next = 0;
    this.start = context.currentTime + 0.25;
    this.downbeat = this.start + set.count * set.step; // where the music begins
    this.timer = setInterval(() => this.order(), 100);
    this.order();
  }
  order() {
    const last = this.set.how === 'on' ? Infinity : this.set.count;
    while (this.next < last && this.start + this.next * this.set.step < this.context.currentTime + AHEAD) {
      this.click(this.start + this.next * this.set.step, this.next % this.set.count === 0);
      this.next++;
    }
  }
  click(at, first) {
    const tone = new OscillatorNode(this.context, { frequency: first ? 1568 : 1047 });
    const loud = new GainNode(this.context, { gain: 0 });
    loud.gain.setValueAtTime(first ? 0.5 : 0.3, at);
    loud.gain.exponentialRampToValueAtTime(0.001, at + CLICK);
    tone.connect(loud).connect(this.context.destination);
    tone.start(at); tone.stop(at + CLICK);
  }
  counting(second) { // the beat that is counted at this second of the context, 0 once the music has begun
    return second >= this.downbeat ? 0 : Math.max(1, Math.floor((second - this.start) / this.set.step) + 1);
  }
  stop() { clearInterval(this.timer); }
}

for (const part of ['metronome', 'beats', 'bar']) element.querySelector('[data-part="' + part + '"]').addEventListener('change', () => {
  const off = element.querySelector('[data-part="metronome"]').value === 'off';
  for (const other of ['beats', 'bar']) element.querySelector('[data-part="' + other + '"]').parentElement.hidden = off;
  element.querySelector('[data-part="phones"]').hidden = element.querySelector('[data-part="metronome"]').value !== 'on';
});
