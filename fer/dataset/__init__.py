"""FER2013: reading it, and faces that we draw ourselves."""
