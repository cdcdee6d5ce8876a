"""MusicXML files opened: plain or zipped (.mxl), from anyone. Nothing is fetched, unpacked to disk or trusted."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from models.notation.errors import TooLongScore, UnreadableScore

LARGEST_BYTES = 64_000_000
"""Of the XML text, packed or not: the longest real scores have about half."""
MOST_ENTRIES = 2_000
LARGEST_TREE = 1_500_000
"""Elements in a file: each takes some 300 bytes of memory, the longest real scores have about half as many."""

_CONTAINER = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles><rootfile full-path="score.musicxml" '
    b'media-type="application/vnd.recordare.musicxml+xml"/></rootfiles></container>\n'
)
_NO_SCORE = (
    "This file is not MusicXML; save the score as MusicXML (.musicxml, .xml or .mxl) and send it again."
)


def open_tree(source: bytes | str | Path) -> Element:
    """The root of a MusicXML file, its namespaces dropped. UnreadableScore or TooLongScore, with a sentence.

    The ordinary DOCTYPE is read over and never fetched; a file that declares entities is refused.
    """
    text = _begun(xml_text(source))
    if _elements_in(text) > LARGEST_TREE:  # before a tree is built of them
        raise TooLongScore("This score is too long; send a part of it.")
    try:
        root: Element = fromstring(text, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except DefusedXmlException as error:
        raise UnreadableScore(
            "This file declares entities, which no ordinary score does; save it anew as MusicXML."
        ) from error
    except (ParseError, ValueError, LookupError, RecursionError) as error:
        raise UnreadableScore(_NO_SCORE) from error
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.startswith("{"):
            element.tag = element.tag.rpartition("}")[2]
    return root


def _elements_in(text: bytes) -> int:
    """No fewer than there are: every mark that opens something, in whatever encoding."""
    return text.count(b"<") - max(text.count(b"</"), text.count(b"<\0/"))


_DECLARED = re.compile(rb"""^(<\?xml[^>]*?encoding=["'])[Uu][Tt][Ff]-?16[^"']*(["'])""")


def _begun(text: bytes) -> bytes:
    """The text as XML wants it to begin: nothing before the declaration, and no "UTF-16" in it where each character is a byte."""
    bare = text.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")
    return _DECLARED.sub(rb"\1UTF-8\2", bare) if bare.startswith(b"<?xml") else text


def mxl_bytes(text: bytes) -> bytes:
    """A MusicXML text as an .mxl file; the same bytes for the same text."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in (("META-INF/container.xml", _CONTAINER), ("score.musicxml", text)):
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def musicxml_text(score: Path, *, most_bytes: int = LARGEST_BYTES) -> str:
    """The MusicXML text in a .mxl file or a plain one, as it stands; bytes that are no UTF-8 become U+FFFD.

    UnreadableScore where there is none, TooLongScore where it is longer than ``most_bytes``.
    """
    data = xml_text(score)
    if len(data) > most_bytes:
        raise TooLongScore(f"{score.name} holds more than {most_bytes // 1_000_000} MB of MusicXML.")
    return data.decode("utf-8", errors="replace")


def xml_text(source: bytes | str | Path) -> bytes:
    """The XML inside a file or its bytes, unzipped if it is an .mxl; at most `LARGEST_BYTES`."""
    data = _bytes(source)
    if not data.strip():
        raise UnreadableScore("This file is empty; save the score again and send it once more.")
    return _unzipped(data) if data[:4] == b"PK\x03\x04" else data


def _bytes(source: bytes | str | Path) -> bytes:
    if isinstance(source, bytes):
        data = source
    else:
        try:
            with Path(source).open("rb") as file:
                data = file.read(LARGEST_BYTES + 1)
        except (OSError, ValueError) as error:
            raise UnreadableScore("This file cannot be opened; check that it is there.") from error
    if len(data) > LARGEST_BYTES:
        raise TooLongScore(
            f"This file is larger than {LARGEST_BYTES // 1_000_000} MB; send a part of the score."
        )
    return data


def _unzipped(data: bytes) -> bytes:
    """The score that ``META-INF/container.xml`` names, or else the first XML file in the archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_ENTRIES:
                raise TooLongScore("This .mxl file holds too many files; save the score anew.")
            named = {entry.filename: entry for entry in entries}
            candidates = [entry for name, entry in named.items() if _may_be_a_score(name)]
            listed = named.get("META-INF/container.xml")
            wanted = named.get(_root_file(_member(archive, listed))) if listed else None
            for entry in ([wanted] if wanted else []) + candidates:
                return _member(archive, entry)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,  # zipfile's word for a compression that it does not know
        RuntimeError,
        OSError,
        ValueError,
    ) as error:
        raise UnreadableScore(
            "This .mxl file is damaged or locked; save the score anew and send it again."
        ) from error
    raise UnreadableScore("This .mxl file holds no score; save it anew as MusicXML.")


def _may_be_a_score(name: str) -> bool:
    return not name.startswith(("META-INF", "__MACOSX")) and name.lower().endswith((".xml", ".musicxml"))


def _member(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    # The declared size may lie, so what comes out is counted.
    with archive.open(entry) as member:
        data = member.read(LARGEST_BYTES + 1)
    if len(data) > LARGEST_BYTES:
        raise TooLongScore("The score inside this .mxl file is too large; send a part of it.")
    return data


def _root_file(container: bytes) -> str:
    try:
        root = fromstring(container, forbid_dtd=False, forbid_entities=True, forbid_external=True)
    except (ParseError, ValueError, LookupError, DefusedXmlException):
        return ""
    for element in root.iter():
        if isinstance(element.tag, str) and element.tag.rpartition("}")[2] == "rootfile":
            return str(element.get("full-path", ""))
    return ""
