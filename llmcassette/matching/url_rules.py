"""Rules that replace parts of URLs before the comparison, such as regions and projects."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final, TypeAlias

from llmcassette.errors import SettingsError

__all__ = ["NAMED_URL_RULES", "UrlRule", "compile_url_rule"]

UrlRule: TypeAlias = str | tuple[str, str]
"""A name of ``NAMED_URL_RULES``, or a regular expression and its replacement."""

NAMED_URL_RULES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "region": (
        (r"\.[a-z]{2}(?:-[a-z]+)+-\d+\.amazonaws\.com", ".region.amazonaws.com"),
        (r"//(?:[a-z0-9-]+-)?aiplatform\.googleapis\.com", "//aiplatform.googleapis.com"),
        (r"//[a-z0-9]+\.api\.cognitive\.microsoft\.com", "//region.api.cognitive.microsoft.com"),
        (r"/locations/[^/?]+", "/locations/region"),
    ),
    "project": ((r"/projects/[^/?]+", "/projects/project"),),
    "deployment": ((r"/deployments/[^/?]+", "/deployments/deployment"),),
    "resource": (
        (
            r"//[a-z0-9-]+\.(openai|services\.ai|cognitiveservices)\.azure\.com",
            r"//resource.\1.azure.com",
        ),
    ),
    "version": ((r"/v(\d+)(?:alpha|beta)\d*(?=[/?]|$)", r"/v\1"),),
}
"""Bedrock's, Vertex AI's and Azure's regions; Vertex AI's projects; Azure's deployments and
resource hosts; ``/v1beta`` and ``/v1alpha1`` as ``/v1``."""


def compile_url_rule(rule: UrlRule) -> tuple[tuple[re.Pattern[str], str], ...]:
    """The patterns of a rule with their replacements, in order.

    Raises:
        SettingsError: the name is unknown, or the expression or its replacement is wrong.
    """
    if isinstance(rule, str):
        if rule not in NAMED_URL_RULES:
            close = get_close_matches(rule, NAMED_URL_RULES, 1)
            hint = f"did you mean {close[0]!r}? " if close else ""
            raise SettingsError(
                f"{rule!r} is not a rule for URLs: {hint}The names are "
                f"{', '.join(NAMED_URL_RULES)}; other rules are pairs of a regular expression "
                "and its replacement"
            )
        pairs = NAMED_URL_RULES[rule]
    else:
        pairs = (rule,)
    try:
        compiled = tuple((re.compile(pattern), replacement) for pattern, replacement in pairs)
        for pattern, replacement in compiled:
            pattern.sub(replacement, "")
    except (re.error, IndexError) as error:
        raise SettingsError(
            f"{rule!r} is not a regular expression (Python's re) with its replacement: {error}"
        ) from error
    return compiled
