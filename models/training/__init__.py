"""What the training recipes of all three jobs share: going on from a checkpoint, averaged weights, the curve, the
arguments that each command takes. A recipe itself (data, losses, schedule) lies with its network.
"""

from models.training.arguments import add_arguments
from models.training.averaging import average_into
from models.training.checkpoint import Checkpoint
from models.training.curve import Line, draw_curve

__all__ = ["Checkpoint", "Line", "add_arguments", "average_into", "draw_curve"]
