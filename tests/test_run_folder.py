import errno
import json

import pytest
from matplotlib.figure import Figure

import keras_genae as genae
from keras_genae import files
from keras_genae.run_folder import RunFolder

SETTINGS = {"latent_dim": 2, "widths": [8, 16]}


def leave_a_run(path):
    with RunFolder(path, SETTINGS, resume=False) as folder:
        folder.checkpoint.mkdir()
        (folder.checkpoint / "epoch-000001.weights.h5").touch()


def test_a_run_without_an_epoch_may_start_anew(tmp_path):
    with RunFolder(tmp_path, SETTINGS, resume=False):
        pass
    with RunFolder(tmp_path, {"latent_dim": 3}, resume=False):
        assert json.loads((tmp_path / "settings.json").read_text()) == {"latent_dim": 3}


def test_a_folder_is_made_and_its_settings_kept(tmp_path):
    with RunFolder(tmp_path / "a" / "b", SETTINGS, resume=False) as folder:
        assert json.loads((folder.path / "settings.json").read_text()) == SETTINGS


def test_a_folder_with_a_run_wants_resume(tmp_path):
    leave_a_run(tmp_path)
    with (
        pytest.raises(ValueError, match=r"already holds a run. Go on with it by --resume"),
        RunFolder(tmp_path, SETTINGS, resume=False),
    ):
        pass
    with RunFolder(tmp_path, {**SETTINGS, "widths": (8, 16)}, resume=True):
        pass


def test_other_settings_are_named(tmp_path):
    leave_a_run(tmp_path)
    with (
        pytest.raises(ValueError, match="latent_dim was 2 and is 3"),
        RunFolder(tmp_path, {**SETTINGS, "latent_dim": 3}, resume=True),
    ):
        pass


def test_two_runs_do_not_share_a_folder_and_the_lock_goes_with_the_run(tmp_path):
    with (
        RunFolder(tmp_path, SETTINGS, resume=False),
        pytest.raises(ValueError, match="Another run is writing"),
        RunFolder(tmp_path, SETTINGS, resume=True),
    ):
        pass
    with RunFolder(tmp_path, SETTINGS, resume=True):
        pass


def test_an_error_frees_the_folder(tmp_path):
    with pytest.raises(RuntimeError), RunFolder(tmp_path, SETTINGS, resume=False):
        raise RuntimeError
    with RunFolder(tmp_path, SETTINGS, resume=True):
        pass


def test_a_full_disk_is_told_before_training(tmp_path, monkeypatch):
    model = genae.Autoencoder((8,), latent_dim=2, widths=(4,))
    usage = files.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(files.shutil, "disk_usage", lambda path: usage._replace(free=1000))
    with (
        RunFolder(tmp_path, SETTINGS, resume=False) as folder,
        pytest.raises(OSError, match=r"needs about \d+ MiB .* where 0 MiB are free"),
    ):
        folder.require_space(model)


def test_a_disk_that_fills_up_leaves_the_old_file(tmp_path):
    class Full(Figure):
        def savefig(self, path, **options):
            path.write_bytes(b"half a picture")
            raise OSError(errno.ENOSPC, "No space left on device")

    with RunFolder(tmp_path, SETTINGS, resume=False) as folder:
        folder.save_figure("samples", Figure())
        before = (tmp_path / "samples.png").read_bytes()
        with pytest.raises(OSError, match="No space left"):
            folder.save_figure("samples", Full())
    assert (tmp_path / "samples.png").read_bytes() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == [".lock", "samples.png", "settings.json"]


def test_metrics_carry_their_units(tmp_path):
    with RunFolder(tmp_path, SETTINGS, resume=False) as folder:
        folder.save_metrics({"rate": (12.5, "nats per image")})
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert metrics == {"rate": {"value": 12.5, "unit": "nats per image"}}
