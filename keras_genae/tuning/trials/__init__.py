"""One trial: the model that its values stand for, trained, measured, kept."""
