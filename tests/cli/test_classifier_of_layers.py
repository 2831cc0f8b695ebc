import argparse

import numpy as np
import pytest

from keras_genae import datasets
from keras_genae.cli import classifier


def drawn(count=100):
    arguments = argparse.Namespace(idx=None, images=count, seed=0)
    return classifier.load_classified(arguments), datasets.draw_faces(count, 32, seed=0)[1]


def test_the_class_of_a_drawn_face_is_what_it_has():
    data, factors = drawn()
    assert len(data.images) == len(data.labels) == 100
    for label, bald, glasses in zip(data.labels, factors["bald"], factors["glasses"], strict=True):
        name = data.names[label]
        assert ("bald" in name, "glasses" in name) == (bool(bald), bool(glasses))
    assert "none" in data.names


@pytest.mark.parametrize("layer", classifier.LAYERS)
def test_a_layers_own_activations_in_its_place_change_nothing(layer, monkeypatch):
    monkeypatch.setattr(classifier, "EPOCHS", 1)
    rng = np.random.default_rng(0)
    images, labels = rng.integers(0, 256, (32, 12, 10, 1), "uint8"), rng.integers(0, 3, 32)
    model = classifier.train_classifier(images, labels, 3)
    rows = np.concatenate(list(datasets.activations(model, layer, images)))
    own = np.mean(model.predict(images, verbose=0).argmax(1) == labels)
    assert classifier.accuracy_with(model, layer, rows, labels) == pytest.approx(own)
