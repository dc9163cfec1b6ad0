"""Evaluation: how right a model is, and whether its confidences mean what they say."""
