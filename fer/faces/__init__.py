"""Faces: an image in, faces with emotions out. Every page, command and job uses this one pipeline."""
