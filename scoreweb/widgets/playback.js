// One clock for everything that can be heard of a score: the time of an audio element. What is lit follows it, whether a
// recording, the detected notes or the score itself is played, at any tempo and without a change of pitch.
// Joined after crossfade.js and before the script of a view: `makePlayer` gives the player, `on` hears from it.
//   on.wanted(kind)    there is no sound of this kind yet: `arrived` is to be called with its address and, where a source
//                      came without them, its notes
//   on.moment(ids, bar)  the ids of the notes that sound now, and the bar of the last one; null for none
//   on.changed()       playing, waiting, the place or the source is another
//   on.beats()         how many beats are counted before the music begins, and how many seconds each lasts; null for none
function makePlayer(on) {
  const audio = new Audio();
  audio.preload = 'auto';
  audio.preservesPitch = true;
  let sources = [], kind = null, loaded = null, state = 'idle', place = 0, turn = 0;
  let looped = null;  // the ids of the notes that are played over and over
  let pending = null;  // where to begin once it is known when what sounds: a test of a note

  const fade = makeCrossfade(audio, () => sources, (which) => on.wanted(which));

  const current = () => sources.find((source) => source.kind === kind) || null;
  const written = (source) => (source?.notes ? source.notes.reduce((end, note) => Math.max(end, note[1]), 0) : 0);
  const end = () => (loaded && current()?.url === loaded && Number.isFinite(audio.duration) ? audio.duration : written(current()));
  const at = () => (state === 'playing' ? audio.currentTime : place);

  function offer(offered, wanted) {
    // Another score: what was loaded is of the old one
    pause();
    sources = offered;
    if (!current()) kind = sources.length ? (sources.find((source) => source.kind === wanted) || sources[0]).kind : null;
    if (loaded && current()?.url !== loaded) unload();
    place = current()?.notes ? Math.min(place, end()) : 0;
    on.changed();
  }

  function unload() {
    loaded = null;
    audio.removeAttribute('src');
    audio.load();
  }

  function arrived(sound) {
    const source = sources.find((one) => one.kind === sound.kind);
    if (!source) return;
    source.url = sound.url;
    if (sound.notes) source.notes = sound.notes;
    if (pending && source.notes && kind === sound.kind) { place = source.notes.find(pending)?.[0] ?? 0; pending = null; }
    if (state !== 'waiting' || kind !== sound.kind) return;
    if (sound.url) start(source);
    else pause();
  }

  function toggle() {
    if (state !== 'idle') { pause(); return; }
    const source = current();
    if (!source || (source.notes && !source.notes.length)) return;
    if (source.notes && place >= end() - 0.05) place = 0;
    if (source.url && source.notes) { start(source); return; }
    state = 'waiting';
    on.changed();
    on.wanted(kind);
  }

  // From where to where is played over and over; null for all
  function span() {
    const notes = current()?.notes || [], own = looped && notes.filter((note) => note[2].some((id) => looped.has(id)));
    if (!own?.length) return null;
    const last = Math.max(...own.map((note) => note[3])), next = notes.find((note) => note[3] > last);  // a tie goes on beyond the bar line
    return [own[0][0], Math.min(Math.max(...own.map((note) => note[1])), next ? next[0] : Infinity)];
  }

  function loop(ids) {
    looped = ids;
    const within = span();
    if (within && state === 'playing' && (audio.currentTime < within[0] || audio.currentTime > within[1])) audio.currentTime = within[0];
  }

  // Clicks before the music, the first one higher; resolves when the music is to begin
  async function countIn(mine) {
    const count = on.beats();
    if (!count) return;
    const sound = new AudioContext(), beat = count.seconds / audio.defaultPlaybackRate;
    for (let n = 0; n < count.beats; n++) {
      const tone = sound.createOscillator(), loud = sound.createGain(), at = sound.currentTime + 0.05 + n * beat;
      tone.frequency.value = n ? 880 : 1320;
      loud.gain.setValueAtTime(0.4, at);
      loud.gain.exponentialRampToValueAtTime(0.001, at + 0.07);
      tone.connect(loud).connect(sound.destination);
      tone.start(at);
      tone.stop(at + 0.08);
    }
    const began = performance.now();
    while (mine === turn && performance.now() - began < 1000 * count.beats * beat + 50) await new Promise((done) => setTimeout(done, 20));
    sound.close();
  }

  // The sound of a source is another one now: it is asked for when it is wanted
  function outdated(which) {
    const source = sources.find((one) => one.kind === which);
    if (!source || source.fixed) return;
    if (kind === which) { pause(); unload(); }
    source.url = null;
    on.changed();
  }

  async function start(source) {
    const mine = ++turn, within = span();
    if (loaded !== source.url) {
      audio.src = loaded = source.url;
      audio.playbackRate = audio.defaultPlaybackRate;
    }
    if (within && (place < within[0] || place >= within[1] - 0.05)) place = within[0];
    state = 'counting';
    on.changed();
    await countIn(mine);
    if (mine !== turn) return;
    audio.currentTime = place;
    state = 'playing';
    fade.along(kind);
    on.changed();
    audio.play().then(() => { if (mine === turn) requestAnimationFrame(frame); }).catch(() => { if (mine === turn) pause(); });
  }

  function pause() {
    turn++;
    if (state === 'playing') place = audio.currentTime;
    state = 'idle';
    audio.pause();
    fade.stop();
    on.moment(new Set(), null);
    on.changed();
  }

  audio.addEventListener('ended', () => {
    const within = span();
    pause();
    place = within ? within[0] : 0;
    if (within) { turn++; state = 'playing'; audio.currentTime = place; const mine = turn; audio.play().then(() => { if (mine === turn) requestAnimationFrame(frame); }).catch(pause); }
    on.changed();
  });
  audio.addEventListener('error', () => {  // the file is gone, or the connection: the next press asks for it anew
    const source = current();
    if (loaded && source?.url === loaded && !source.fixed) source.url = null;
    loaded = null;
    if (state === 'playing') pause();
  });

  function frame() {
    if (state !== 'playing') return;
    const within = span();
    if (within && audio.currentTime >= within[1]) audio.currentTime = within[0];
    fade.along(kind);
    const now = audio.currentTime, sounding = new Set();
    let bar = null;
    for (const [onset, offset, ids, own] of current()?.notes || []) {
      if (onset > now) break;
      bar = own;
      if (offset > now) ids.forEach((id) => sounding.add(id));
    }
    on.moment(sounding, bar);
    on.changed();
    requestAnimationFrame(frame);
  }

  function seek(seconds) {
    place = Math.max(0, Math.min(seconds, end()));
    if (state === 'playing') audio.currentTime = place;
    on.changed();
  }

  const seekNote = (id) => seekTo((one) => one[2].includes(id));
  const seekBar = (bar) => seekTo((one) => one[3] === bar);

  function seekTo(test) {
    const notes = current()?.notes;
    if (current() && !notes) { pending = test; return; }
    const note = notes?.find(test);
    if (note) seek(note[0]);
  }

  function choose(wanted) {
    if (wanted === kind) { toggle(); return; }
    const before = current(), seconds = at();
    pause();
    kind = wanted;
    fade.only(kind);
    place = across(before, current(), seconds);
    toggle();
  }

  // The same place in the music by another source: recording and score differ in tempo
  function across(from, to, seconds) {
    const note = from?.notes?.findLast((one) => one[0] <= seconds);
    if (note && !to.notes) { pending = (one) => one[2].some((id) => note[2].includes(id)); return 0; }
    const same = note && to.notes?.find((one) => one[2].some((id) => note[2].includes(id)));
    if (!same) return 0;
    const share = Math.min(1, (seconds - note[0]) / Math.max(0.01, note[1] - note[0]));
    return same[0] + share * (same[1] - same[0]);
  }

  function tempo(share) {
    audio.defaultPlaybackRate = audio.playbackRate = share;
    on.changed();
  }

  return {
    offer, arrived, toggle, pause, loop, outdated, seek, seekNote, seekBar, choose, tempo, at, end,
    fade: (share) => { fade.to(share); if (state === 'playing') fade.along(kind); },
    get fades() { return fade.paired(kind); },
    get share() { return fade.share; },
    get kind() { return kind; },
    get state() { return state; },
    get speed() { return audio.defaultPlaybackRate; },
  };
}
