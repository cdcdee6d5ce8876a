"""MusicXML files, plain and zipped, that are damaged, lie, unpack to far too much, or mean harm."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator

from benchmarks.bad_inputs.case import STRANGE_NAMES, Case, changed, cut
from benchmarks.bad_inputs.rubbish import zipped

_NOTE = "<note><pitch><step>{step}</step><alter>{alter}</alter><octave>{octave}</octave></pitch><duration>{duration}</duration><voice>{voice}</voice><type>{type}</type>{more}</note>"
_PLAIN = {
    "step": "C",
    "alter": "0",
    "octave": "4",
    "duration": "1",
    "voice": "1",
    "type": "quarter",
    "more": "",
}
_ATTRIBUTES = "<attributes><divisions>{divisions}</divisions><key><fifths>{fifths}</fifths></key><time><beats>{beats}</beats><beat-type>{beat_type}</beat-type></time><staves>{staves}</staves><clef><sign>{sign}</sign><line>{line}</line></clef>{more}</attributes>"
_USUAL = {
    "divisions": "1",
    "fifths": "0",
    "beats": "4",
    "beat_type": "4",
    "staves": "1",
    "sign": "G",
    "line": "2",
    "more": "",
}


def note(**given: str) -> str:
    """A quarter C, or otherwise as given."""
    return _NOTE.format(**{**_PLAIN, **given})


def attributes(**given: str) -> str:
    """Common time in the treble clef, or otherwise as given."""
    return _ATTRIBUTES.format(**{**_USUAL, **given})


def score(inside: str = "", *, before: str = "", head: str = "", bars: str | None = None) -> str:
    """A score of one bar, or of ``bars``."""
    measure = (
        bars if bars is not None else f'<measure number="1">{attributes()}{inside or note() * 4}</measure>'
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{before}<score-partwise version="4.0">{head}<part-list><score-part id="P1">'
        f'<part-name>Piano</part-name></score-part></part-list><part id="P1">{measure}</part></score-partwise>'
    )


def scores() -> Iterator[Case]:
    """All of them."""
    plain = score().encode()
    packed = zipped({"META-INF/container.xml": _container("a.xml"), "a.xml": plain})
    yield from cut({"score.musicxml": plain, "score.mxl": packed}, (0.01, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.99))
    yield from changed({"score.musicxml": plain, "score.mxl": packed}, 20, 6)
    for what, text in {**_markup(), **_values(), **_repeats()}.items():
        yield Case.of(f"a score with {what}", "score.musicxml", text.encode("utf-8", "surrogatepass"))
    yield from _texts(plain)
    yield from _archives(plain)
    for what, name in STRANGE_NAMES.items():
        yield Case.of(f"a name that is {what}", name, plain[:200])


def _markup() -> dict[str, str]:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    title = "<work><work-title>{}</work-title></work>"
    away = "http://198.51.100.7/x"
    return {
        "a billion laughs": score(before=f'<!DOCTYPE score-partwise [<!ENTITY a0 "ha">{laughs}]>', head=title.format("&a9;")),
        "quadratic laughs": score(before=f'<!DOCTYPE a [<!ENTITY a "{"x" * 50_000}">]>', head=title.format("&a;" * 5000)),
        "a file as an entity": score(before='<!DOCTYPE a [<!ENTITY a SYSTEM "file:///etc/passwd">]>', head=title.format("&a;")),
        "an entity elsewhere": score(before=f'<!DOCTYPE a [<!ENTITY % a SYSTEM "{away}.dtd"> %a;]>'),
        "a document type elsewhere": score(before=f'<!DOCTYPE score-partwise SYSTEM "{away}.dtd">', inside="<oops/>"),
        "an unknown entity": score(head=title.format("&nothing;")),
        "a style sheet": score(before=f'<?xml-stylesheet type="text/xsl" href="{away}.xsl"?>', inside="<oops/>"),
        "an included file": score('<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'),
        "a picture elsewhere": score(head=f'<credit><credit-image source="{away}.png" type="image/png"/></credit>'),
        "a picture on this computer": score('<direction><direction-type><image source="file:///etc/passwd" type="image/png"/></direction-type></direction>' + note()),
        "an address": score(head=f'<credit><link xlink:href="javascript:alert(1)" xmlns:xlink="http://www.w3.org/1999/xlink"/><credit-words font-family="url({away}.woff)">x</credit-words></credit>'),
        "a script for a title": score(head=title.format("&lt;script&gt;alert(1)&lt;/script&gt;")),
        "a script for a lyric": score(note(more="<lyric><text>&lt;img src=x onerror=alert(1)&gt;</text></lyric>")),
        "a script for an id": score(note().replace("<note>", "<note id=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\">")),
        "one id for all notes": score(note().replace("<note>", '<note id="a">') * 4),
        "an id that is a path": score(note().replace("<note>", '<note id="../../etc/passwd">')),
        "a title of 5 MB": score(head=title.format("x" * 5_000_000)),
        "a title in all directions": score(head=title.format("\u202e\u2066\u0300" * 500)),
        "half a character": score(head=title.format("\ud800")),
        "elements in elements": score("<a>" * 200_000 + "</a>" * 200_000),
        "elements in elements, not closed": score("<a>" * 300_000),
        "2 million empty elements": score("<a/>" * 2_000_000),
        "an element of 100000 attributes": score("<a " + " ".join(f'a{n}=""' for n in range(100_000)) + "/>"),
        "an attribute twice": score('<a a="" a=""/>'),
        "namespaces within namespaces": score("".join(f'<a{n}:a xmlns:a{n}="urn:{n}">' for n in range(3000))),
        "no parts": score().replace("<part ", "<apart ").replace("</part>", "</apart>"),
        "no bars": score(bars=""),
        "bars without anything": score(bars="<measure/>" * 3),
        "100000 empty bars": score(bars='<measure number="1"/>' * 100_000),
        "1000 parts": score().replace("</part>", "</part>" + '<part id="P1"><measure/></part>' * 1000),
        "a foreign root": score().replace("score-partwise", "html"),
        "opera": '<?xml version="1.0"?><opera/>',
        "MEI": '<?xml version="1.0"?><mei xmlns="http://www.music-encoding.org/ns/mei"><music/></mei>',
        "MuseScore": '<?xml version="1.0"?><museScore version="4.0"><Score/></museScore>',
        "timewise nothing": '<?xml version="1.0"?><score-timewise/>',
        "timewise bars without parts": '<?xml version="1.0"?><score-timewise><measure number="1"/></score-timewise>',
    }  # fmt: skip


def _values() -> dict[str, str]:
    found: dict[str, str] = {}
    strange = ("0", "-1", "999999999", "NaN", "1e999", "", "x", "1/3", "٣")
    for where in ("divisions", "fifths", "beats", "beat_type", "staves", "line"):
        for value in strange:
            text = attributes(**{where: value}) + note() * 2
            found[f"{where.replace('_', '-')} = {value!r}"] = score(
                bars=f'<measure number="1">{text}</measure>'
            )
    for where in ("alter", "octave", "duration", "voice"):
        for value in strange:
            found[f"{where} = {value!r}"] = score(note(**{where: value}) * 2)
    for step in ("H", "", "c", "CC"):
        found[f"a step {step!r}"] = score(note(step=step))
    for kind in ("1024th", "maxima", "", "beat"):
        found[f"a type {kind!r}"] = score(note(type=kind))
    more = {
        "a thousand dots": "<dot/>" * 1000,
        "a tuplet of 0 in 0": "<time-modification><actual-notes>0</actual-notes><normal-notes>0</normal-notes></time-modification>",
        "a tuplet of a billion": "<time-modification><actual-notes>1000000000</actual-notes><normal-notes>1</normal-notes></time-modification>",
        "a tie to nowhere": '<tie type="stop"/><tie type="start"/><notations><tied type="stop"/></notations>',
        "a slur without end": '<notations><slur type="start" number="999999999"/></notations>',
        "a thousand beams": '<beam number="1">begin</beam>' * 1000,
        "a staff that is not there": "<staff>99</staff>",
    }
    found |= {what: score(note(more=text) * 2) for what, text in more.items()}
    found["a tempo of 0"] = score('<sound tempo="0"/>' + note())
    found["a tempo of 1e-9"] = score('<sound tempo="0.000000001"/>' + note())
    found["a tempo of a billion"] = score('<sound tempo="1e9"/>' + note())
    found["a tempo that is none"] = score('<sound tempo="NaN"/>' + note())
    found["a note of an hour"] = score('<sound tempo="10"/>' + note(duration="599", type="long"))
    found["a step back before the beginning"] = score("<backup><duration>999</duration></backup>" + note())
    found["a step forward of years"] = score("<forward><duration>999999999</duration></forward>" + note())
    found["a step back of -1"] = score(note() + "<backup><duration>-1</duration></backup>" + note())
    found["a transposition by a billion"] = score(
        bars=f"<measure>{attributes(more='<transpose><chromatic>1000000000</chromatic><octave-change>99</octave-change></transpose>')}{note()}</measure>"
    )
    found["a chord of 5000"] = score(note() + note(more="<chord/>") * 5000)
    found["a chord without a first note"] = score(note(more="<chord/>"))
    found["a thousand voices"] = score(
        "".join(note(voice=str(n)) + "<backup><duration>1</duration></backup>" for n in range(1000))
    )
    found["ten thousand grace notes"] = score(note().replace("<note>", "<note><grace/>") * 9_000 + note())
    found["20000 notes"] = score(note() * 20_000)
    return found  # fmt: skip


def _repeats() -> dict[str, str]:
    forward, backward = (
        '<barline location="left"><repeat direction="forward"/></barline>',
        '<barline location="right"><repeat direction="backward"{}/></barline>',
    )

    def bar(inside: str, first: bool = False) -> str:
        return f"<measure>{attributes() if first else ''}{inside}</measure>"

    return {
        "a repeat of a billion times": score(bars=bar(forward + note() + backward.format(' times="1000000000"'), True)),
        "a repeat of -1 times": score(bars=bar(forward + note() + backward.format(' times="-1"'), True)),
        "a hundred repeats of a hundred times": score(bars=bar(note(), True) + bar(forward + note() + backward.format(' times="100"')) * 100),
        "ends of repeats without beginnings": score(bars=bar(note(), True) + bar(note() + backward.format("")) * 300),
        "an ending for all numbers": score(bars=bar('<barline><ending number="1-999999999" type="start"/></barline>' + note() + backward.format(""), True)),
        "endings in strange numbers": score(bars=bar('<barline><ending number="x,,0,-1" type="start"/></barline>' + note() + backward.format(""), True)),
        "da capo for ever": score(bars=(bar(note() + '<sound dacapo="yes"/>', True)) * 50),
        "a sign that leads to itself": score(bars=bar('<sound segno="a"/>' + note() + '<sound dalsegno="a"/>', True) * 50),
        "a coda that is not there": score(bars=bar(note() + '<sound tocoda="nowhere" dalsegno="nowhere"/>', True)),
    }  # fmt: skip


def _texts(plain: bytes) -> Iterator[Case]:
    text = plain.decode()
    for encoding in ("utf-16", "utf-16-be", "utf-32", "utf-7", "cp037", "shift_jis"):
        data = text.replace("UTF-8", encoding).encode(encoding)
        yield Case.of(f"a score in {encoding}, cut off", "score.musicxml", data[: len(data) * 2 // 3])
    for named in ("UTF-32", "EBCDIC", "x-user-defined", "utf-8\0", "A" * 3000, "idna", "rot13"):
        yield Case.of(
            f"a score that calls itself {named[:14]!r}",
            "score.musicxml",
            plain.replace(b"UTF-8", named.encode()),
        )
    yield Case.of("a score with zeros between", "score.musicxml", plain.replace(b"<note>", b"<note>\0"))
    yield Case.of("a score after rubbish", "score.musicxml", b"\x89PNG\r\n" + plain)
    yield Case.of("a score before rubbish", "score.musicxml", plain + b"PK\x05\x06" + bytes(18))
    yield Case.of("bytes that are no text", "score.musicxml", plain.replace(b"Piano", b"\xff\xfe\xc0\x80"))


def _archives(plain: bytes) -> Iterator[Case]:
    listed = _container("a.xml")
    blank = b" " * 70_000_000
    for what, make in {
        "a bomb": lambda: zipped({"a.xml": blank}),
        "a bomb for a list": lambda: zipped({"META-INF/container.xml": blank, "a.xml": plain[:300]}),
        "16 million empty elements": lambda: zipped(
            {"a.xml": b"<score-partwise>" + b"<a/>" * 15_900_000 + b"</score-partwise>"}
        ),
        "5 million elements with attributes": lambda: zipped(
            {"a.xml": b"<score-partwise>" + b'<a b=""/>' * 5_500_000 + b"</score-partwise>"}
        ),
        "a hundred thousand files": lambda: zipped(
            {f"{n}.xml": b"" for n in range(100_000)}, zipfile.ZIP_STORED
        ),
    }.items():
        yield Case(f"an mxl with {what}", "score.mxl", make)
    for what, data in {
        "a list that climbs out": zipped({"META-INF/container.xml": _container("../../../../etc/passwd")}),
        "an absolute list": zipped({"META-INF/container.xml": _container("/etc/passwd")}),
        "a list with an address": zipped({"META-INF/container.xml": _container("http://198.51.100.7/a.xml")}),
        "a list that names itself": zipped({"META-INF/container.xml": _container("META-INF/container.xml")}),
        "a list of laughs": zipped({"META-INF/container.xml": b'<!DOCTYPE a [<!ENTITY a "b">]><container>&a;</container>', "b.txt": b""}),
        "names that climb out": zipped({"../../owned.xml": plain[:200], "/etc/owned.xml": plain[:200]}),
        "a link": _linked(), "nothing": zipped({}), "no score": zipped({"readme.txt": b"hello"}), "an empty score": zipped({"META-INF/container.xml": listed, "a.xml": b""}),
        "a score of rubbish": zipped({"META-INF/container.xml": listed, "a.xml": b"\xff" * 900}), "an mxl inside": zipped({"a.xml": zipped({"a.xml": plain})}),
        "a lock": _flagged(zipped({"a.xml": plain}), 1), "an unknown packing": zipped({"a.xml": plain}).replace(b"\x08\0\0\0\0\0", b"\x63\0\0\0\0\0"),
        "a wrong checksum": _spoiled(zipped({"a.xml": plain}, zipfile.ZIP_STORED)), "a wrong length": zipped({"a.xml": plain}).replace(struct.pack("<I", len(plain)), b"\xff\xff\xff\x7f"),
        "LZMA": zipped({"a.xml": plain[:400]}, zipfile.ZIP_LZMA), "bzip2": zipped({"a.xml": plain[:400]}, zipfile.ZIP_BZIP2), "one name twice": zipped({"a.xml": b"<x/>"})[:-22] + zipped({"a.xml": b"<y/>"}),
        "a picture": zipped({"META-INF/container.xml": _container("a.png"), "a.png": b"\x89PNG\r\n\x1a\n"}),
    }.items():  # fmt: skip
        yield Case.of(f"an mxl with {what}", "score.mxl", data)


def _container(path: str) -> bytes:
    return f'<container><rootfiles><rootfile full-path="{path}"/></rootfiles></container>'.encode()


def _linked() -> bytes:
    entry = zipfile.ZipInfo("a.xml")
    entry.create_system, entry.external_attr = 3, 0o120777 << 16
    return zipped({"b.xml": b""})[:0] + _one(entry, b"/etc/passwd")


def _one(entry: zipfile.ZipInfo, data: bytes) -> bytes:
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, data)
    return out.getvalue()


def _flagged(archive: bytes, flag: int) -> bytes:
    spoiled = bytearray(archive)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        spoiled[archive.index(mark) + offset] |= flag
    return bytes(spoiled)


def _spoiled(archive: bytes) -> bytes:
    at = archive.index(b"Piano")
    return archive[:at] + b"Forte" + archive[at + 5 :]
