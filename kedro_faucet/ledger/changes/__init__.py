"""What must run: what has changed since a node ran last, and what a run left undone."""
