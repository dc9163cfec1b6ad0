"""Text: messages in, emotions out; where they come from, how they are read, and why a message reads as it does."""
