"""Every text of the Transcribe tab and of its commands, beside `scoreweb.texts`."""

from __future__ import annotations

from scoreweb.languages.catalogue import speak, translated

TAB = "Transcribe"

# What is asked
INTRO = "A tune played on a piano becomes a score to correct, play and download. A score becomes sound, further down."
INTRO_TIME = "A minute of music takes {seconds}."
INTRO_ALT = "On the left the waveform of a recording, on the right a line of music"
SOUND_EXAMPLES = "Nothing to play on? Try one of ours"
MODE = "What is played"
MODES = {
    "auto": "Detect",
    "note": "One note",
    "melody": "A melody",
    "piano": "Piano, both hands",
    "voice": "A voice",
}
TEMPO = "Tempo in beats per minute (empty: estimated)"
METRE = "Time signature"
METRE_AUTO = "Estimate"
METRES = ("2/4", "3/4", "4/4", "5/4", "2/2", "3/8", "6/8", "7/8", "9/8", "12/8")
RESEARCH = "For researchers"
NETWORK = "Classic view drawn by"
NETWORKS = {"best": "Our best network"}
START = "Transcribe"
REWRITE = "Apply this tempo and time signature"
OTHERWISE = "Write it otherwise (choices add up; the first takes them back)"
SOUND_FIRST = "Record something or choose a file first."
STILL_COMING = "Your recording has not arrived yet: wait a moment, then start again."
SOUND_ESTIMATE = "{length:.1f} s of sound; takes {seconds} on this machine."
SOUND_LENGTH = "{length:.1f} s of sound."
SOUND_CUT_OFF = "The file breaks off early: only its beginning is here."
MIDI_TOO_LONG = "This MIDI file lasts longer than {minutes:.0f} minutes: send a part of it."
TOO_LONG = (
    "That is {minutes:.1f} minutes; this host takes {most:g} at once. Move the handles to choose a part."
)
TEMPO_RANGE = "Enter a tempo from {least:g} to {most:g} beats per minute, or leave it empty."
METRE_FORM = "{text} is no time signature: write it like 3/4, or leave it empty."

# What happens
LISTENING = "Listening · {done} of {total} {note}"
WRITING = "Writing the score …"
DONE = "Done: {notes}, {seconds}."
NO_NOTE = "No note was heard: play louder or closer to the microphone, and try again."
NO_SUCH_KEY = "No piano has that key: choose a pitch from A0 to C8."
NONE_SO_SURE = "No note is that sure: move the slider to the left."
ROLL = "Detected notes over the spectrum"
NOTHING_WRITTEN = "There is no score yet: record something and transcribe it."

# What comes out
CLASSIC = "Classic view: one picture of 162 × 300 for each note"
CLASSIC_ALT = "The notes as the dissertation draws them, one small picture each"
DOWNLOADS = {
    "musicxml": "MusicXML",
    "mxl": "MXL (compressed)",
    "performance": "MIDI as played",
    "midi": "MIDI as written",
    "svg": "SVG",
    "png": "PNG",
    "pdf": "PDF",
    "wav": "WAV of the score",
    "zip": "Everything (ZIP)",
}
SONIFY = "Play a score"
SONIFY_FILE = "Score: a MusicXML file"
SONIFY_START = "Turn into sound"
SONIFY_HINT = "MusicXML (.musicxml, .xml or .mxl) · up to {megabytes} MB and {notes:,} notes"
SONIFY_FIRST = "Choose a MusicXML file first."
SONIFY_DONE = "{seconds:.1f} s of sound."
SONIFY_TOO_LONG = "This score has {notes:,} notes and rests; this host plays {most:,} at most. Choose one movement, or some of its parts."
SONIFY_PLAYING = "Playing the score …"
SONIFY_DRAWING = "Drawing the score …"
SONIFY_UNDRAWN = "Its sound is here all the same."
SONIFY_WAV = "Download the sound (WAV)"
CONTRIBUTION = {
    "title": "Donate this recording to the open dataset (optional)",
    "intro": (
        "You decide, recording by recording. If you agree, the part of the recording that you chose, the score, the settings "
        "and your corrections are kept to improve the methods, and may be published under the licence that you choose."
    ),
    "agree": "Yes, keep this recording and its score.",
    "own": "I played it or may share it (my own music, or in the public domain).",
    "button": "Donate",
    "must_agree": "Check the first box if this recording may be kept.",
    "must_own": "Only recordings that you made or may share can be kept.",
    "already": "You have donated this recording already.",
    "corrected": "Your correction is kept too.",
}

# The command line
NO_NOTE_IN_FILE = "No note was heard in this recording."
DRAWN_SOUND = (
    "A network made this sound from the picture alone, trained on the notes of one piano: it may be wrong."
)
ONE_NOTE_PICTURES = (
    "Only the 162x300 sheet images of one note can be played from a picture; read a score first."
)
NO_PORTAUDIO = "PortAudio is missing: install Debian's libportaudio2."
NO_MICROPHONE = "No microphone answers: connect one, or choose it in the system's settings."

# The API
API_FILE = "a recording (wav, flac, mp3, ogg; m4a and webm where ffmpeg is) or a MIDI file, a performance to be written down"
API_EXAMPLE = "tune.wav"
API_MODE = "what is played; auto finds out"
API_TEMPO = "beats per minute, 0 to estimate"
API_METRE = "a time signature such as 3/4, empty to estimate"
API_ANSWER = "musicxml: a text; notes: onset_s, offset_s, midi, velocity, certainty, alternatives of each; candidates: notes too faint to be written; mode; assumptions and hints: sentences"


NOTES = ("{count} note", "{count} notes")


def notes(count: int) -> str:
    """Notes in words: "1 note" or "3 notes"."""
    return translated(NOTES)[count != 1].format(count=count)


speak(__name__)
