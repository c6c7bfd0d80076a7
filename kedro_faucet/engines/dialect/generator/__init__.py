"""An engine's own words: macros, guards of values, patterns and formats."""
