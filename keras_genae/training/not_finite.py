"""What is said of a batch that no step can be made on."""

NOT_FINITE = "A batch of the data holds numbers that are not finite"
UNKNOWN_LABEL = "A batch of the data holds a label that the model does not know"


def not_finite():
    """The error of a batch that holds NaN or infinity."""
    return ValueError(
        f"{NOT_FINITE}, so no step was made on it. Leave those examples out, or weigh the "
        "entries 0 by `sample_weight`. Received: NaN or infinity in a batch after the first"
    )


def unknown_label():
    """The error of a batch that holds a label of which the model can make nothing."""
    return ValueError(
        f"{UNKNOWN_LABEL}, so no step was made on it. Leave those examples out. Received: "
        "a class that is none of `classes`, or an attribute that is not finite, in a batch "
        "after the first"
    )
