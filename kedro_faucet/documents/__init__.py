"""Notebooks as files: read, written, and shown as HTML or Markdown; nothing here runs one."""
