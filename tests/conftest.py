"""What all tests share."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if "PYTEST_XDIST_WORKER" in os.environ:
    # As many processes as cores: threads of each would wait for one another. The scripts that tests
    # start inherit this.
    for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")

import contextlib
import pathlib


@contextlib.contextmanager
def quiet_terminal():
    """Nothing on stderr, not from C++ either; errors come as exceptions all the same."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


# TensorFlow reports on the processor before it has read the log level, in each process: pytest
# would show that behind its last line.
with quiet_terminal():
    import keras
    import numpy as np
    import pytest
    import tensorflow as tf

    # Two devices on one CPU, so that the distribution strategies can be tested on any machine.
    tf.config.set_logical_device_configuration(
        tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
    )
    tf.config.list_logical_devices()

ROOT = pathlib.Path(__file__).parent.parent


@pytest.fixture(autouse=True)
def fixed_seed():
    """Every test starts from the same random state, whichever ran before it."""
    keras.utils.set_random_seed(0)


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture(scope="session")
def data_folder():
    """Real data, kept outside the repository; tests that need them are skipped without."""
    folder = pathlib.Path(os.environ.get("KERAS_GENAE_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no data in {folder}: set KERAS_GENAE_DATA")
    return folder


@pytest.fixture
def noise_off(monkeypatch):
    """VAEs decode the mean of the posterior, also in training; all examples draw the same noise."""
    from keras_genae import noise
    from keras_genae.layers import Sampling

    def of_one_example(shape, seed, dtype="float32"):
        drawn = np.random.default_rng(0).normal(size=tuple(shape)[1:])
        return keras.ops.broadcast_to(keras.ops.cast(drawn, dtype), shape)

    def means(self, posterior, samples, training=False):
        return [keras.ops.cast(posterior.mean, "float32")] * samples

    monkeypatch.setattr(Sampling, "draws", means)
    monkeypatch.setattr(noise, "normal", of_one_example)


@pytest.fixture(scope="session")
def two_replicas():
    """A strategy of two replicas: one for all tests, as the collectives of two would meet."""
    return tf.distribute.MirroredStrategy(["cpu:0", "cpu:1"])


@pytest.fixture
def default_policy():
    """Put the global dtype policy back after the test."""
    policy = keras.config.dtype_policy()
    yield
    keras.config.set_dtype_policy(policy)
