"""The recorder of the page: microphone or file in, a trimmed recording out. docs/recorder.md says why it is our own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from scoreweb import texts as messages

_HERE = Path(__file__)
_SCRIPTS = ("metronome.js", "recorder.js")
METRES = ("2/4", "3/4", "4/4", "5/4", "2/2", "3/8", "6/8", "7/8", "9/8", "12/8")
"""In which the metronome counts."""
_HOWS = {"off": "metronome_off", "in": "metronome_in", "on": "metronome_on"}


@dataclass(frozen=True)
class Selection:
    """The part of the recording between the handles, in seconds from its start."""

    begin: float
    end: float
    pending: bool = False
    """The recording that the visitor sees has not arrived yet; there are no handles then."""

    @classmethod
    def from_browser(cls, value: object) -> Selection | None:
        """The selection that a browser sent; None for anything else."""
        if not isinstance(value, dict):
            return None
        if value.get("pending") is True:
            return cls(0.0, 0.0, pending=True)
        begin, end = _number(value.get("begin")), _number(value.get("end"))
        if not 0 <= begin < end < 86_400:  # false for NaN too
            return None
        return cls(begin, end)


def _number(value: object) -> float:
    """The number, NaN for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else float("nan")


class Recorder(gr.HTML):
    """Records without losing a sample, shows level and waveform, lets the visitor trim and hear the recording.

    Events: ``coming`` as soon as another recording begins or another file is chosen; ``recorded`` once it has arrived, with
    ``path`` (to be checked: it comes from the browser), ``name``, ``kind`` (recorded or uploaded), ``lost`` (frames) and, after a
    metronome, its ``tempo`` and ``metre``, or ``failed`` if it cannot; ``trimmed`` when the handles have come to rest; ``cleared`` when it is discarded. As
    an input it gives a `Selection` or None. As an output it takes a dict of ``url`` and ``name``: a sound of this host
    to show; None empties it.
    """

    def __init__(
        self,
        *,
        seconds: float,
        megabytes: float,
        elem_id: str,
        value: Any = None,  # noqa: ANN401 - what Gradio hands back when it makes the component anew
        render: bool = True,
        **_: Any,  # noqa: ANN401
    ) -> None:
        """A recorder for recordings and files of at most so many seconds and megabytes."""
        super().__init__(
            value=value,
            render=render,
            html_template=_template(seconds, megabytes),
            css_template=_HERE.with_suffix(".css").read_text(encoding="utf-8"),
            js_on_load="".join((_HERE.parent / name).read_text(encoding="utf-8") for name in _SCRIPTS),
            elem_id=elem_id,
        )

    def preprocess(self, payload: Any) -> Any:  # noqa: ANN401 - Gradio's own signature says str
        """What lies between the handles, a `Selection`; None without a sound."""
        return Selection.from_browser(payload)

    def postprocess(self, value: Any) -> Any:  # noqa: ANN401
        """The dict as it is."""
        return value

    def api_info(self) -> dict[str, Any]:
        """What the value is, in JSON schema."""
        return {"type": "object"}


@dataclass(frozen=True)
class Beaten:
    """The tempo (beats a minute) and the time signature that a recording was played to."""

    tempo: float
    metre: str

    @classmethod
    def from_browser(cls, sent: dict[str, Any]) -> Beaten | None:
        """What the metronome was set to, as the browser sent it; None without one."""
        tempo, metre = _number(sent.get("tempo")), sent.get("metre")
        return cls(tempo, metre) if 20 <= tempo <= 400 and metre in METRES else None


def _template(seconds: float, megabytes: float) -> str:
    say = messages.RECORDER
    limit = messages.SOUND_HINT.format(megabytes=megabytes, minutes=seconds / 60)
    sentences = json.dumps(say, ensure_ascii=False).replace("<", "\\u003c")

    def handle(part: str, label: str) -> str:
        return (
            f'<div class="handle" data-part="{part}" role="slider" tabindex="0" aria-label="{escape(label)}" '
            'aria-valuemin="0" aria-valuemax="0" aria-valuenow="0"></div>'
        )

    hows = "".join(f'<option value="{how}">{escape(say[text])}</option>' for how, text in _HOWS.items())
    bars = "".join(f"<option{' selected' if metre == '4/4' else ''}>{metre}</option>" for metre in METRES)
    return f"""
<div class="swr" data-part="root" data-seconds="{seconds:g}" data-bytes="{round(megabytes * 1e6)}">
  <span hidden data-part="sentences">{escape(sentences)}</span>
  <div class="row">
    <button type="button" class="record" data-part="record">{escape(say["record"])}</button>
    <button type="button" class="stop" data-part="stop" hidden>{escape(say["stop"])}</button>
    <label class="file">{escape(say["choose"])}<input type="file" data-part="file" aria-label="{escape(say["choose"])}"
      accept="audio/*,.wav,.flac,.mp3,.ogg,.oga,.opus,.m4a,.webm,.aac,.wma,.amr,.mid,.midi"></label>
    <label hidden><span class="quiet">{escape(say["microphone"])}</span>
      <select data-part="device" aria-label="{escape(say["microphone"])}"><option value="">{escape(say["device"])}</option></select></label>
  </div>
  <div class="row">
    <label><span class="quiet">{escape(say["metronome"])}</span> <select data-part="metronome">{hows}</select></label>
    <label hidden><span class="quiet">{escape(say["beats"])}</span> <input type="number" data-part="beats" min="20" max="400" step="1" value="100"></label>
    <label hidden><span class="quiet">{escape(say["bar"])}</span> <select data-part="bar">{bars}</select></label>
    <span class="quiet" data-part="phones" hidden>{escape(say["phones"])}</span>
  </div>
  <div class="notice" data-part="notice" role="alert" hidden></div>
  <div data-part="live" hidden>
    <div class="row"><span class="time" data-part="time" role="timer">0:00.0</span>
      <div class="meter" data-part="meter" role="meter" aria-label="{escape(say["meter"])}" aria-valuemin="-60" aria-valuemax="0" aria-valuenow="-60">
        <div class="rms" data-part="rms"></div><div class="peak" data-part="peak"></div></div>
      <span class="clip" data-part="clip"></span><span class="quiet" data-part="level"></span></div>
    <div class="quiet">{escape(say["rough"])}</div><div class="rough" data-part="rough"></div>
  </div>
  <div class="quiet" data-part="drop">{escape(say["drop"])} {escape(limit)}</div>
  <div data-part="wave" hidden>
    <div class="row"><span class="name" data-part="name"></span><span class="quiet" data-part="range"></span></div>
    <div class="track"><canvas data-part="canvas" role="img" aria-label="{escape(say["waveform"])}"></canvas>
      <div class="shade before" data-part="before"></div><div class="shade after" data-part="after"></div>
      <div class="cursor" data-part="cursor" hidden></div>
      {handle("begin", say["begin"])}{handle("end", say["end"])}</div>
    <div class="row"><button type="button" data-part="play">{escape(say["play"])}</button>
      <button type="button" data-part="discard">{escape(say["discard"])}</button><span class="quiet">{escape(say["trim"])}</span></div>
  </div>
  <div class="quiet" data-part="status" role="status"></div>
</div>"""
