"""Words that stand on pages of music: directions and tempo marks by their beginnings, instruments and how they transpose."""

from __future__ import annotations

import re
import unicodedata

TEMPO = (
    "accel", "adag", "affret", "agitat", "allarg", "amoroso", "allegr", "andant", "animat", "assai", "a tempo", "bewegt", "breit", "calando",
    "con brio", "con fuoco", "con moto", "etwas", "feierlich", "feurig", "fließend", "fliessend", "frisch", "gemächlich", "gemessen",
    "getragen", "grave", "heiter", "innig", "kräftig", "langsam", "larg", "lebhaft", "leicht", "leidenschaft", "lent", "listesso", "l'istesso",
    "mässig", "mäßig", "massig", "meno mosso", "moderat", "moderé", "modéré", "molto", "mosso", "munter", "nicht", "più mosso", "piu mosso", "poco",
    "presto", "prestissimo", "rall", "rasch", "rit.", "ritard", "ritenuto", "riten", "ruhig", "rubato", "schnell", "sehr", "slow", "fast",
    "sostenut", "stringendo", "string.", "swing", "tempo", "tranquil", "très", "unruhig", "vif", "vite", "vivac", "vivo", "walzer", "waltz",
    "ziemlich", "zart", "animé", "assez", "march", "mit", "not too", "quick", "moderately", "slowly", "quickly", "lively", "with", "gently",
)  # fmt: skip
"""Beginnings of tempo marks; what follows them belongs to the mark."""

DIRECTIONS = (
    "agitato", "arco", "attacca", "cantabile", "cant.", "col", "colla", "con", "cresc", "da capo", "d.c.", "d.s.", "dal segno", "decresc",
    "delicat", "dim", "dolce", "dolciss", "dolente", "doux", "div.", "divisi", "espr", "express", "fine", "grazios", "legato", "legg",
    "leggiero", "loco", "l.h.", "r.h.", "m.d.", "m.g.", "m.s.", "maestoso", "marc", "marcato", "mezza voce", "morendo", "mute", "ohne", "ossia",
    "ped", "pesante", "piacere", "pizz", "più", "piu", "portamento", "ritmico", "scherz", "segue", "semplice", "sempre", "senza", "simile", "sim.", "smorz",
    "solo", "soli", "sordin", "sotto", "spirit", "stacc", "subito", "sul", "tacet", "ten.", "tenuto", "tenero", "to coda", "coda", "tre corde", "tutti", "una corda",
    "unis", "voce", "ad lib", "a piacere", "in tempo", "meno", "zurück", "ausdruck", "doppio", "retenu", "cédez", "en dehors", "soutenu", "léger", "suivez",
    "parlando", "recit", "verse", "chorus", "refrain", "intro", "bridge", "verzögernd", "zögernd", "cedez", "rinf", "ruhiger", "gehalten", "mouv", "au mouv",
    "mouvement", "perdendosi", "quasi", "rinforz", "sfz", "tranquillo", "vibrato", "al niente", "al", "e", "ma", "non", "troppo", "poco a poco", "un poco", "piano", "forte",
)  # fmt: skip
"""Beginnings of directions that are no tempo marks."""

_WEAK = frozenset(("al", "e", "ma", "col", "con", "mit", "nicht", "non", "sehr", "with", "solo", "sul", "larg", "lent", "leicht", "etwas", "march", "fast", "innig", "piano", "forte", "zart", "fine", "verse", "dim", "string.", "vite", "vif", "molto", "poco", "frisch", "breit", "ruhig", "mute", "div.", "not too", "grave", "munter", "slow", "quick"))  # fmt: skip
"""Words that verses use as well: they make nothing a direction where it may be sung."""

TRANSPOSING: tuple[tuple[str, int], ...] = (
    (r"clarinet(to|te|t)? in b(b|♭| ?flat)|klarinette in b|bb clarinet|b♭ clarinet|clarinetto in si", -2),
    (r"bass clarinet|bassklarinette|clarinetto basso", -14),
    (r"clarinet(to|te)? in a\b|klarinette in a\b", -3),
    (r"clarinet(to|te)? in e(b|♭| ?flat)|klarinette in es|eb clarinet", 3),
    (r"soprano sax", -2), (r"alto sax|altsaxo", -9), (r"tenor sax|tenorsaxo", -14), (r"bari(tone)? sax|baritonsaxo", -21),
    (r"trumpet in b(b|♭| ?flat)|trompete in b|bb trumpet|b♭ trumpet|tromba in si", -2),
    (r"horn in f|f horn|corno in fa|cor en fa|horn \(f\)", -7), (r"english horn|cor anglais|englischhorn|corno inglese", -7),
    (r"piccolo", 12), (r"double bass|contrabass|kontrabass|contrabbasso", -12), (r"glockenspiel", 24), (r"guitar|gitarre|chitarra", -12),
    (r"celesta", 12), (r"contrabassoon|kontrafagott|controfagotto", -12),
)  # fmt: skip
"""Names of instruments that sound so many semitones higher than they are written."""


def plain(text: str) -> str:
    """Lower case, with what OCR makes of signs around it taken off."""
    return unicodedata.normalize("NFC", text).strip(" \t,;:!?()[]\"'„“”|").lower()


def is_tempo(text: str) -> bool:
    """Whether a phrase begins as a tempo mark does."""
    said = plain(text)
    return any(said.startswith(word) for word in TEMPO)


def is_direction(text: str, *, sung: bool = False) -> bool:
    """Whether a phrase begins as a direction or a tempo mark does; ``sung``: whether it may be a verse instead."""
    said = plain(text)
    first = said.split(" ")[0] if said else ""
    if sung and first in _WEAK:
        return False
    return any(
        said == word or (said.startswith(word) and (len(word) > 3 or first == word))
        for word in (*TEMPO, *DIRECTIONS)
        if not (sung and word in _WEAK)
    )


def transposition(name: str) -> int:
    """How many semitones higher than written an instrument of a name sounds; 0 for most."""
    said = plain(name)
    return next((semitones for pattern, semitones in TRANSPOSING if re.search(pattern, said)), 0)


_CUSTOMARY = (
    ("prestissimo", 200), ("presto", 176), ("vivace", 152), ("vivo", 152), ("vif", 144), ("schnell", 144), ("rasch", 138),
    ("allegretto", 112), ("allegro", 132), ("lebhaft", 132), ("frisch", 126), ("fast", 138), ("lively", 132), ("bewegt", 116),
    ("moderato", 100), ("modéré", 100), ("mäßig", 100), ("mässig", 100), ("moderately", 100), ("andantino", 88), ("andante", 80),
    ("larghetto", 63), ("largo", 50), ("adagio", 66), ("lento", 54), ("lent", 54), ("langsam", 60), ("slowly", 66), ("slow", 66),
    ("grave", 44), ("ruhig", 72),
)  # fmt: skip


def customary_tempo(text: str) -> int | None:
    """Quarter notes a minute that a tempo mark without a figure is played at; None for words that tell none."""
    said = plain(text)
    return next((tempo for word, tempo in _CUSTOMARY if re.search(rf"\b{word}", said)), None)
