"""The page in the visitor's language: which one it is, the catalogues of texts, and how numbers and notes are written in it.

English is the source: it stands in the texts modules, and a text that a catalogue lacks is shown in it. docs/languages.md
tells how a text or a language is added.
"""
