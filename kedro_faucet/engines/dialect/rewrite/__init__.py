"""What is written otherwise for an engine, so that one text means the same on both."""
