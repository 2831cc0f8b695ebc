"""What all tests share."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
if "PYTEST_XDIST_WORKER" in os.environ:
    # As many processes as cores: threads of each would wait for one another. The scripts that tests
    # start inherit this.
    for name in ("TF_NUM_INTRAOP_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
# Two devices on one CPU, so that the distribution strategies can be tested on any machine.
import pathlib

import keras
import numpy as np
import pytest
import tensorflow as tf

tf.config.set_logical_device_configuration(
    tf.config.list_physical_devices("CPU")[0], [tf.config.LogicalDeviceConfiguration()] * 2
)

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
    """VAEs decode the mean of the posterior, also in training."""
    from keras_genae.layers import Sampling

    def mean(self, posterior, training=False):
        return keras.ops.cast(posterior.mean, "float32")

    monkeypatch.setattr(Sampling, "draw", mean)


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
