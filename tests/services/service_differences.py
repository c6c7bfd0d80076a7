"""What a place does not do as the contract says: each the place, the test, perhaps the format, and why."""

from __future__ import annotations

_PUT_WHOLE = "nothing there is compared and replaced in one step"
_NO_DELTA = "nothing there commits a Delta table"
_WITH_DELTA = ("is_written_is_read", "is_there_is_listed")

NEVER: dict[tuple[str, ...], str] = {
    (
        "hdfs",
        "test_what_is_written_is_read",
        "delta",
    ): "delta-rs finds no table whose path has other signs than a-z there",
    **{(place, "test_modes", form): _PUT_WHOLE for place in ("hdfs", "sftp") for form in ("csv", "json", "parquet")},
    **{(place, "test_reports_and_their_index"): _PUT_WHOLE for place in ("hdfs", "sftp")},
    **{("sftp", f"test_what_{name}", "delta"): _NO_DELTA for name in _WITH_DELTA},
    ("sftp", "test_modes", "delta"): _NO_DELTA,
    ("sftp", "test_a_loaded_table_never_gives_what_was_saved_later", "delta"): _NO_DELTA,
    **{("sftp", f"test_{name}"): _NO_DELTA for name in ("partitions_of_delta", "versions_of_delta", "histories")},
}
"""What will not be: the place has no way to it."""
NOT_YET: dict[tuple[str, ...], str] = {
    ("postgres", "test_keys_are_told_apart_letter_by_letter"): "a collation that tells no letters apart is the key's",
}
"""What may come."""
