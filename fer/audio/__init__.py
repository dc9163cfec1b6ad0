"""Speech: a recording in, the emotion of each stretch of it out."""
