"""The interpretations of a reading as a contribution keeps them."""

from __future__ import annotations

from models.contracts.read import Reading
from models.notation.musicxml import write_musicxml
from storage import NewPrediction, ScoreText


def predictions(reading: Reading, model: str) -> list[NewPrediction]:
    """Every ranked interpretation with the readings of its bars, their certainties, and its MusicXML."""
    return [
        NewPrediction(
            rank=way.rank,
            payload={
                "bars": list(way.choice),
                "certainties": [
                    round(options.readings[i].certainty, 4) if options.readings else 0.0
                    for options, i in zip(reading.under(way).bars, way.choice, strict=True)
                ],
            },
            model=model,
            score=min(1.0, max(0.0, way.certainty)),
            media=ScoreText(write_musicxml(reading.score(way))),
        )
        for way in reading.interpretations
    ]
