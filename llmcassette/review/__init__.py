"""What two recordings of the same conversation differ in, told by meaning.

``compare`` aligns the interactions of two cassettes and compares each pair; ``shape`` is the form
of an answer without its content. The command line and the pytest plugin share them.
"""

from __future__ import annotations

from llmcassette.review.diff.compare import compare, compare_interactions
from llmcassette.review.diff.difference import CassetteReview, Difference, InteractionReview, Kind
from llmcassette.review.diff.shape import Shape, shape, shape_changes

__all__ = [
    "CassetteReview",
    "Difference",
    "InteractionReview",
    "Kind",
    "Shape",
    "compare",
    "compare_interactions",
    "shape",
    "shape_changes",
]
