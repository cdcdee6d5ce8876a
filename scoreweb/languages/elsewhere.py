"""Sentences that visitors meet and that the models or the collection make, by their templates: they know no languages.

`scoreweb.languages.catalogue.retold` recognizes them. A test finds the words of each in the code that makes it, so that none
goes stale; one that is missing here is shown in English.
"""

from __future__ import annotations

_KEYS = {
    "major": "Cb Gb Db Ab Eb Bb F C G D A E B F# C#",
    "minor": "Ab Eb Bb F C G D A E B F# C# G# D# A#",
}
KEYS = tuple(
    f"{tonic.replace('b', ' flat').replace('#', ' sharp')} {mode}"
    for mode, tonics in _KEYS.items()
    for tonic in tonics.split()
)
"""Keys as an assumption names them."""

STAGES = (
    "opening",
    "looking for staves",
    "finding heads, stems and signs",
    "reading bars",
    "reading words",
    "joining bars",
    "done",
    "{done} of {pages} pages are read",
    "page {number} of {pages} · {stage}",
    "listening",
    "listening for notes",
)
"""What a service is at."""

PAGES = (
    "Page {number}",
    "{file}, page {number}",
    "scaled down from {before} to {after} megapixels first",
    "a drawn page, rendered at {dpi} dpi (a PDF like this is sharp already)",
    "a drawing, rendered at {dpi} dpi (a file like this is sharp already)",
    "a narrow stand-in of the paper's {network}: {blocks} blocks, {channels} channels, trained {steps} steps on {machine}",
    "the paper's {network} in full, trained {steps} steps on {machine}",
    "a CPU",
    "a GPU",
)
"""Of pages and networks."""

FILES = (
    "That file is empty. Choose another, or save it again.",
    "There is no file to open. Choose one.",
    "That file has {size} MB; at most {most} MB are taken.",
    "Together these files have more than {most} MB. Give fewer at once.",
    "Together these files have more than {most} pages. Give fewer at once.",
    "That file has more than {most} pages, which is the most that is taken. Split it first.",
    "That picture has {width} x {height} pixels; at most {most} megapixels are taken. Scale it down first.",
    "That picture has only {width} x {height} pixels: there is no music to see in it.",
    "That JPEG is stored in far too many passes. Save it again.",
    "That picture is far too large to be a page. Scale it down first.",
    "A picture in that file is far too large to be a page. Scale it down first.",
    "That file is not an image or PDF that can be read here. Use PNG, JPEG, HEIC, AVIF, TIFF, GIF, BMP, WebP, JPEG 2000, SVG or PDF.",
    "That file is damaged or cut off. Save or scan it again.",
    "That SVG is far too large to be a page. Export it at a usual paper size.",
    "That SVG is too small to hold music. Export it at a usual paper size.",
    "That SVG is nested too deeply to be a page of music. Export it again, or as PDF.",
    "That SVG draws far too much for a page of music. Export it again, or as PDF.",
    "That SVG tells no size. Export it again, or as PDF.",
    "That PDF has no pages. Export it again.",
    "That PDF has {count} pages; at most {most} are taken. Split it first.",
    "Page {number} of that PDF is damaged. Export it again.",
    "{page} of that PDF has no sensible size. Export it again.",
    "{page} of that PDF is far too large. Export it at a usual paper size.",
    "{page} of that PDF is too small to hold music. Export it at a usual paper size.",
    "{page} of that PDF holds far too large a picture. Scale it down first.",
    "That PDF is locked with a password. Save a copy without one.",
    "That PDF is damaged and cannot be opened. Export or download it again.",
    "This file does not give its resolution in dpi. Ask for a staff space instead.",
    "No staves were found, so no staff space can be aimed at. Choose four times larger.",
    "That size would be {times} times the page's own. Ask for something between a quarter and ten times.",
)
"""Of files with pages."""

RECORDINGS = (
    "The recording is empty: record or choose another one.",
    "The file is empty: record or choose another one.",
    "The file cannot be read: check that it exists and may be opened.",
    "The file ends before its sound begins: get a complete copy of it.",
    "The recording is longer than {minutes} minutes: cut it into parts and try each.",
    "This file is not a recording that can be opened here: use wav, flac, mp3 or ogg.",
    "Recordings of this kind (m4a, webm, aac, wma, amr) need ffmpeg, which is not installed here: use wav, flac, mp3 or ogg.",
    "Opening the recording takes too long: cut it or save it as wav.",
    "This file holds no sound that can be opened: save it as wav and try again.",
    "A sampling rate of {rate} Hz is not one that recordings have: export it at 44100 Hz.",
    "The recording holds samples that are no numbers: record or export it again.",
    "The recording lasts {length} ms, too short for a note: hold the note a little longer.",
    "This MIDI file holds no notes of a piano: send one with notes from A0 to C8.",
    "This MIDI file holds more than {most} notes: send a part of it.",
    "This MIDI file holds far more sound than a pianist makes: send a part of it.",
    "This is not a MIDI file, or it is damaged; export it anew and send it again.",
    "This MIDI file is too large; send a part of it.",
)
"""Of recordings and performances."""

HEARD = (
    "Nothing is to be heard: check the microphone, or play louder.",
    "No piano note is to be heard in this recording: what follows is a guess.",
    "The recording is very quiet: move nearer, or raise the level.",
    "The recording is clipped: lower the level and play again.",
    "More than one note sounds at once: the strongest is named.",
    "The key is not certain: look at the other suggestions too.",
    "Most of the notes are uncertain: this may be no piano, or several notes may sound at once.",
    "Most of the notes are uncertain: this may be no piano, or be recorded from far away.",
    "No piano is to be heard in this recording.",
    "The recording has nothing above 4 kHz: the highest notes may be missing.",
    "The piano is tuned about {cents} cents {way} A = 440 Hz.",
    "The notes lie about {cents} cents {way} A = 440 Hz; they are written as the nearest keys of that tuning.",
    "above",
    "below",
    "No voice and no instrument of one line is to be heard in this recording.",
    "Much of what is voiced glides from pitch to pitch, as in speech: the notes are uncertain.",
    "This sounds like speech or noise rather than a piano: the notes are guesses.",
    "Heard as one note.",
    "Heard as a piano melody, because one key is struck at a time.",
    "Heard as piano music, because several keys sound at once.",
    "Heard as a voice or another instrument of one line, because the pitch is held or wavers as no piano's does.",
)
"""What a listener says of a recording."""

ASSUMED = (
    "Heard as a piano: other instruments and voices may be misread.",
    "Tempo as given: {tempo} {beats} a minute.",
    "Tempo estimated from the notes: {tempo} {beats} a minute; give yours if it is another.",
    "Tempo estimated from the notes: {tempo} {beats} a minute, followed as it changes; give yours if it is another.",
    "Metre as given: {metre}.",
    "Metre estimated: {metre}, {count} beats to the bar; give yours if it is another.",
    "Metre estimated: {metre}; give yours if it is another.",
    "Metre estimated: {metre}; give yours if it is another. It changes in the course of the piece.",
    "Key as given: {key}.",
    "Key estimated from the notes: {key}.",
    "The notes point to no single key, so there is no key signature.",
    "Hands parted at middle C.",
    "Which hand plays a note is estimated: what the hands share may be on the other staff.",
    "whole notes",
    "half notes",
    "dotted half notes",
    "quarter notes",
    "dotted quarter notes",
    "eighth notes",
    "dotted eighth notes",
    "16th notes",
    "beats",
    "No time signature was found; the metre was taken from what most bars last.",
    "No clef was found; a treble clef was assumed.",
    "No clef was found; a treble clef was assumed, and a bass clef for a left hand.",
    "No clef was found; the one under which the key signature fits was assumed.",
    "{words} without a figure: {tempo} quarter notes a minute were assumed.",
    "Which staves belong to one system is doubtful on this page: everything else hangs on that.",
    "Which staves belong to one system is doubtful on this page: it is read as {here}, and may be {other}.",
    "one system of {staves} staves",
    "{count} systems of {staves} staves each",
    "{count} staves that each stand alone",
    "systems of {sizes} staves",
    "No time signature was found, and the bars agree on none: their lengths are as they were read.",
    "The clef or the key is doubtful: another one fits nearly as well.",
    "Most bars on this page do not fill their metre, so its reading is doubtful as a whole.",
    "Most bars on this page hold nothing that could be read.",
    "Turned by {angle} degrees.",
    "The staff space is only {space} pixels.",
)
"""What was assumed, and what is doubtful."""

WAYS = (
    "As estimated",
    "Twice the tempo, notes twice as long",
    "Half the tempo, notes half as long",
    "In {metre}",
    "In {metre}, {tempo} {beats} a minute",
    "With {signature}",
    "no sharps or flats",
    "Hands parted at middle C",
    "Readable: no ornaments, plain values",
    "The melody only",
    "Everything that was played",
)
"""How else a recording may be written."""

SCORES = (
    "This file cannot be opened; check that it is there.",
    "This file is empty; save the score again and send it once more.",
    "This file is larger than {most} MB; send a part of the score.",
    "This XML file is not a MusicXML score; export the score as MusicXML and send it again.",
    "This MusicXML file holds no bars; check that the score was exported whole.",
    "This .mxl file is damaged or locked; save the score anew and send it again.",
    "This .mxl file holds no score; save it anew as MusicXML.",
    "This .mxl file holds too many files; save the score anew.",
    "The score inside this .mxl file is too large; send a part of it.",
    "This file declares entities, which no ordinary score does; save it anew as MusicXML.",
    "This score is too long; send a part of it.",
    "This score has more than {most} bars; send a part of it.",
    "This score is too long to be drawn; send a part of it.",
    "This score cannot be drawn: it is not MusicXML that the engraver understands.",
    "This score cannot be drawn: the engraver fails at it.",
    "Drawing this score takes too long; try a shorter one.",
    "There is nothing to draw in this score.",
    "The engraver drew nothing that can be shown.",
    "This music lasts longer than an hour; play a part of it.",
)
"""Of scores."""

SERVICES = (
    "Something went wrong; please try again.",
    "This input cannot be processed; please check it and send it again.",
    "This job is not offered here; please choose another.",
    "Many people are using this right now; please try again in a moment.",
    "This took longer than allowed; please try again with a smaller input.",
    "The job was cancelled; start it again whenever you like.",
    "This input could not be processed; please try another one, or tell the host of this page.",
    "The machine that computes cannot be reached; please try again in a few minutes.",
    "The answer is no longer there; please start the job again.",
    "This page is restarting; please try again in a minute.",
    "{count} pages are too many; at most {most} are read at once.",
)
"""Of the services."""

COLLECTION = (
    "The collection could not do that; your result is not affected.",
    "The collection is busy just now; your result is not affected. Try again in a minute.",
    "The collection's disk is full; nothing was kept. Tell the host to free some space.",
    "The connection to the collection was lost, so it is not certain that this was kept. Save your token: with it you can see later, in My data, what is there.",
    "Nothing was kept. Tick every box of the consent if you want to give this to the collection.",
    "Nothing was kept: this consent text is not known. Load the page again and tick the boxes there.",
    "That file could not be read, so nothing was kept. Try a PNG, JPEG, WAV or MusicXML file.",
    "That recording is too long, so it was not kept. Give a shorter passage.",
    "That score is too large, so it was not kept. Give a shorter passage.",
    "You have reached today's limit for the collection, thank you. Come back tomorrow.",
    "This token is not known. Check that it is copied whole; after an erasure it no longer exists.",
    "You cannot vote on your own contribution. Choose another one.",
    "You cannot vote on your own correction. Choose another one.",
    "There is nothing to judge in this contribution yet. Choose another one.",
    "This was corrected while you looked at it. Look at it again.",
    "Others did not agree on this one, so the host decides. Choose another one.",
    "Votes count from contributors only: donate something of your own first, then vote with its token.",
    "Say why: the contributor is shown the reason.",
)
"""Of the collection."""

SENTENCES = (
    *KEYS, *STAGES, *PAGES, *FILES, *RECORDINGS, *HEARD, *ASSUMED, *WAYS, *SCORES, *SERVICES, *COLLECTION,
)  # fmt: skip
"""All of them."""
