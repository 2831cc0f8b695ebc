"""What a resumed run must have in common with the one before."""

from keras_genae.cli.provenance import crc32_of

# Arguments that may differ when a run is resumed: where the same data lie, and how long to go on.
# With a model that was trained elsewhere there is nothing to resume.
NOT_SETTINGS = (
    *("epochs", "output_dir", "resume"),
    *("data_dir", "dataset", "labels", "idx", "tfds", "cache"),
    "model",
)


def settings_of(arguments, data, data_crc32=None):
    """What a resumed run must have in common with the one before: arguments and images.

    Args:
        arguments: the parsed command line.
        data: `Faces`, the images and where they are from.
        data_crc32: of the images, where it is known already.
    """
    data_crc32 = crc32_of(data.images) if data_crc32 is None else data_crc32
    settings = {key: value for key, value in vars(arguments).items() if key not in NOT_SETTINGS}
    return {**settings, "data": data.source, "data_crc32": data_crc32}
