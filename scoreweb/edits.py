"""What a visitor did to a result, step by step, to be taken back and done again: one history for every job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

State = TypeVar("State")

MOST = 500
"""Steps that can be taken back."""


@dataclass(frozen=True)
class Edits(Generic[State]):
    """The present state of a result with those before it and those that were taken back.

    A value: each method gives a new one. A state is anything that can be compared; the result is made from it.
    """

    now: State
    past: tuple[State, ...] = ()
    future: tuple[State, ...] = ()

    def to(self, state: State) -> Edits[State]:
        """A step further; what had been taken back is then gone. No step where the state is the present one."""
        return self if state == self.now else Edits(state, (*self.past, self.now)[-MOST:])

    def undone(self) -> Edits[State]:
        """The last step taken back; the same where there is none."""
        if not self.past:
            return self
        return Edits(self.past[-1], self.past[:-1], (self.now, *self.future))

    def redone(self) -> Edits[State]:
        """The step that was taken back last done again; the same where there is none."""
        if not self.future:
            return self
        return Edits(self.future[0], (*self.past, self.now), self.future[1:])
