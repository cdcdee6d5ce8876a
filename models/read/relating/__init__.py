"""How probable it is that two signs of handwriting belong together, for the predicates of productions."""

from models.read.relating.features import FEATURES, Outline, features, outline_of
from models.read.relating.functions import LEARNED, music_functions
from models.read.relating.model import RelationModel, relation_model

__all__ = [
    "FEATURES",
    "LEARNED",
    "Outline",
    "RelationModel",
    "features",
    "music_functions",
    "outline_of",
    "relation_model",
]
