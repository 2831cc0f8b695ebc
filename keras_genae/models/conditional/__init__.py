"""Models with side information: classes, attributes, or what pairs of examples share."""
