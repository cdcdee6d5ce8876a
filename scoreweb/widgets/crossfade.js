// A recording and the notes detected in it have one clock, so both can be heard at once: a second sound goes along with the one that
// is played, and a share says how much of each is heard. Joined before playback.js, which asks it each time something is drawn.
//   sources()     what can be heard; a pair needs a recording and detected notes
//   wanted(kind)  there is no sound of this kind yet
function makeCrossfade(audio, sources, wanted) {
  const APART_S = 0.06;  // seconds that the second sound may be off before it is put right
  const other = new Audio();
  other.preload = 'auto';
  other.preservesPitch = true;
  let share = 0, loaded = null, asked = null;  // share: 0 for the recording alone, 1 for the detected notes alone

  const find = (kind) => sources().find((one) => one.kind === kind);
  const paired = (kind) => Boolean(find('recording') && find('detected') && (kind === 'recording' || kind === 'detected'));
  // Their squares add up to one: neither end nor the middle is louder
  const weight = (kind) => (kind === 'detected' ? Math.sin(share * Math.PI / 2) : Math.cos(share * Math.PI / 2));

  function stop() { other.pause(); }

  function along(kind) {
    const pair = paired(kind);
    audio.volume = pair ? Math.min(1, weight(kind)) : 1;
    const beside = pair ? find(kind === 'recording' ? 'detected' : 'recording') : null;
    const level = beside ? weight(beside.kind) : 0;
    if (level < 0.01) { stop(); return; }
    if (!beside.url) {
      if (asked !== beside) { asked = beside; wanted(beside.kind); }
      return;
    }
    if (loaded !== beside.url) other.src = loaded = beside.url;
    other.volume = Math.min(1, level);
    other.playbackRate = audio.playbackRate;
    if (Math.abs(other.currentTime - audio.currentTime) > APART_S) other.currentTime = audio.currentTime;
    if (other.paused && !other.ended) other.play().catch(() => {});
  }

  return {
    along, stop, paired,
    only: (kind) => { share = kind === 'detected' ? 1 : 0; },
    to: (part) => { share = Math.min(1, Math.max(0, part)); },
    get share() { return share; },
  };
}
