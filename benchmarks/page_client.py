"""The page as a browser talks to it, without one: what a button sends is found by its id, its answers come as events."""

from __future__ import annotations

import json
import secrets
from typing import Any

import httpx


class PageClient:
    """One visitor of a page at an address, with a session of their own."""

    def __init__(self, url: str, config: dict[str, Any] | None = None) -> None:
        self._http = httpx.Client(
            base_url=url,
            timeout=httpx.Timeout(600.0, connect=20.0),
            verify=False,  # noqa: S501 - loading certificates takes longer than a visit
            # A connection for each request: the page hangs up on one that was silent for five seconds, and where it is busy
            # also on one whose next request it has not read yet. Browsers then ask again; this client would not.
            limits=httpx.Limits(max_keepalive_connections=0),
        )
        self.config = config or self._http.get("/config").raise_for_status().json()
        self.session = secrets.token_hex(6)
        there = self._http.build_request("GET", f"/gradio_api/heartbeat/{self.session}")
        self._there = self._http.send(there, stream=True)  # open as long as the visitor's page is
        named = [(c["props"].get("elem_id"), c["id"]) for c in self.config["components"]]
        self._ids = {name: number for name, number in named if name}

    def upload(self, name: str, data: bytes) -> dict[str, Any]:
        """The file as a component's value."""
        answer = self._http.post("/gradio_api/upload", files={"files": (name, data)})
        answer.raise_for_status()
        return {
            "path": answer.json()[0],
            "orig_name": name,
            "size": len(data),
            "meta": {"_type": "gradio.FileData"},
        }

    def press(self, component: str, event: str, values: dict[str, Any]) -> dict[str, Any]:
        """What the event's last answer holds, by component id; ``values`` are what fields hold, by id, else as the page has them.

        RuntimeError, with what is said, where the page refuses or fails.
        """
        target = self._ids[component]
        found = next(
            d for d in self.config["dependencies"] if [target, event] in [list(t) for t in d["targets"]]
        )
        given = {self._ids[name]: value for name, value in values.items()}
        usual = {c["id"]: c["props"].get("value") for c in self.config["components"]}
        data = [given.get(number, usual.get(number)) for number in found["inputs"]]
        asked = {"data": data, "fn_index": found["id"], "session_hash": self.session, "trigger_id": target}
        joined = self._http.post("/gradio_api/queue/join", json=asked)
        if joined.status_code != 200:
            raise RuntimeError(f"{joined.status_code}: {joined.text[:200]}")
        number, last = joined.json()["event_id"], None
        with self._http.stream(
            "GET", "/gradio_api/queue/data", params={"session_hash": self.session}
        ) as events:
            for line in events.iter_lines():
                message = json.loads(line[5:]) if line.startswith("data:") else {}
                if message.get("event_id") not in {None, number}:
                    continue
                if message.get("msg") in {"process_completed", "process_generating"}:
                    output = message.get("output") or {}
                    if not message.get("success", True):
                        raise RuntimeError(str(output.get("error")))
                    last = output.get("data") or last
                if message.get("msg") == "process_completed":
                    break
        return dict(zip(found["outputs"], last or [], strict=False))

    def named(self, answers: dict[int, Any], component: str) -> Any:  # noqa: ANN401 - a component's value
        """Of the answers, that of one component."""
        return answers.get(self._ids[component])

    def fetch(self, path: str) -> httpx.Response:
        """A file that the page shows, by its path there."""
        return self._http.get(f"/gradio_api/file={path}")

    def close(self) -> None:
        """The visitor is gone, and the page knows it."""
        self._there.close()
        self._http.close()
