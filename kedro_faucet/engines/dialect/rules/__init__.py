"""The rules that make one text mean the same on both engines, a file a family; the compiler has their order."""
