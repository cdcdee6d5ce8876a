"""Reading a score image into MusicXML."""
