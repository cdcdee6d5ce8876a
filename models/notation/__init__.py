"""Music as notation: typed scores, their writing as MusicXML and MIDI, their engraving and their sound.

The common floor of reading and transcribing; it knows neither.
"""
