"""What does here what a setting of vcrpy or pytest-recording does there, for messages."""

from __future__ import annotations

from typing import Final

__all__ = ["INSTEAD"]

FIELDS: Final = "credentials are redacted by default; redact_fields names further fields"
FUNCTION: Final = "redact is a function that changes what is recorded before it is written"

INSTEAD: Final = {
    "filter_headers": "headers that carry credentials are never recorded, nor are most others of"
    " requests: remove it",
    "filter_query_parameters": FIELDS,
    "filter_post_data_parameters": FIELDS,
    "before_record": FUNCTION,
    "before_record_request": FUNCTION,
    "before_record_response": FUNCTION,
    "record_mode": "it is mode here",
    "allow_playback_repeats": "it is allow_repeats here",
    "cassette_library_dir": "it is cassette_dir here",
    "decode_compressed_response": "answers are decoded anyway: remove it",
    "custom_patches": "clients need no patches: remove it",
}
