"""Catalogues of options: what a service can be asked for, in its own words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any, Protocol, Self, TypeVar

from pydantic import TypeAdapter, ValidationError

from models.engine import Engine, EngineUnreachable

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice:
    """One value that a field of a request may have, and what must be said beside it, or ""."""

    name: str
    note: str = ""


class Catalogue(Protocol):
    """The options of one service: a dataclass of choices and limits."""

    @classmethod
    def of(cls, engine: Engine) -> Self:
        """As the engine's service offers them; raises an `EngineError` where it cannot be asked."""
        ...

    @classmethod
    def shipped(cls) -> Self:
        """As this copy of the project offers them: for texts that are made before there is an engine."""
        ...


def choices(names: Iterable[str]) -> tuple[Choice, ...]:
    """Choices without notes."""
    return tuple(Choice(name) for name in names)


def names(offered: Iterable[Choice]) -> tuple[str, ...]:
    """The names of choices, in their order."""
    return tuple(choice.name for choice in offered)


def document(options: Any) -> dict[str, Any]:  # noqa: ANN401 - any dataclass of options
    """A catalogue as JSON values: what a service's `describe` gives as ``options``."""
    return asdict(options)


def offered_by(engine: Engine, service: str, kind: type[T]) -> T:
    """The catalogue of a service as the engine hands it on; keys that ``kind`` does not know are left out.

    Raises what `Engine.options` raises, and `EngineUnreachable` where the answer is no such catalogue, as from a
    host that runs another version.
    """
    given = engine.options(service)
    try:
        return TypeAdapter(kind).validate_python(given)
    except ValidationError as error:
        raise EngineUnreachable from error
