# make demo   train a face VAE and look at what it learnt
# make test   run the tests
# Both set up .venv first, which takes a moment only where something changed.

PYTHON ?= python3
VENV   := .venv
RUN    := $(VENV)/bin/python
STAMP  := $(VENV)/.installed

# The other backends of Keras live in environments of their own: nothing else needs them.
BACKENDS := jax torch

# How many processes run the tests: one a core. `make test WORKERS=0` runs them in one process, where
# a debugger can be used.
WORKERS ?= 2

# TensorFlow reports the features of each processor on the terminal; errors still come as exceptions.
export TF_CPP_MIN_LOG_LEVEL ?= 3

.PHONY: help setup demo tune test test-slow test-backends $(BACKENDS:%=test-%) lint format benchmark benchmark-rivals clean

help:
	@echo "make demo           train a VAE on faces and draw what it learnt (about 4 minutes)"
	@echo "make tune           search for the best trade of quality and cost, by KerasTuner"
	@echo "make test           run the tests (about 7 minutes)"
	@echo "make test-slow      run the slow checks on real data (half an hour)"
	@echo "make test-backends  run and train all models under JAX and PyTorch as well (20 minutes)"
	@echo "make lint           check style"
	@echo "make benchmark-rivals  measure against bare loops, PyTorch and pythae (half an hour)"
	@echo "make benchmark      measure training throughput (about 5 minutes)"

setup: $(STAMP)

$(STAMP): setup.cfg pyproject.toml constraints.txt
	@echo "Setting up $(VENV): about a minute, 2.5 GB."
	$(call install,$(VENV),dev)
	@touch $@

OTHERS := $(BACKENDS:%=.venv-%/.installed) .venv-rivals/.installed
$(OTHERS): .venv-%/.installed: setup.cfg pyproject.toml constraints.txt
	@echo "Setting up .venv-$*: about a minute, 3 GB."
	$(call install,.venv-$*,test$(COMMA)$*)
	@touch $@

# $(call install,ENVIRONMENT,EXTRAS): make a virtual environment and install the package into it.
COMMA := ,
define install
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "keras_genae needs Python 3.11 to 3.13, and this is %d.%d: make PYTHON=python3.11 ..." % v)'
	@test -x $(1)/bin/python || $(PYTHON) -m venv $(1)
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[$(2)]'
endef

tune: setup
	@echo "Searching for the best trade of quality and cost on drawn faces. Results go to runs/tune."
	@$(RUN) -m keras_genae.tuning tuner_configs/drawn_faces.yaml --workers 2 --output-dir runs/tune

demo: setup
	@echo "Training a VAE on faces: about 4 minutes on two cores. Results go to runs/demo."
	@$(RUN) examples/celeba_vae.py --dataset drawn --images 24000 --epochs 6 --output-dir runs/demo --resume

test: setup
	@echo "Running the tests: about 7 minutes on two cores."
	@$(RUN) -m pytest -m "not slow" -n $(WORKERS) --dist loadfile --no-loadscope-reorder

test-slow: setup
	@echo "Running the slow checks: about half an hour on two cores."
	@$(RUN) -m pytest -m slow -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations=0 --durations-min=1

# TensorFlow is there too, for what is computed on both to be compared. JAX compiles each operation
# for itself here, once: optimising would cost more than it saves.
test-backends: $(BACKENDS:%=test-%)

$(BACKENDS:%=test-%): test-%: .venv-%/.installed
	@echo "Running and training all models under $* and TensorFlow: 10 minutes on two cores."
	@KERAS_BACKEND=$* JAX_DISABLE_MOST_OPTIMIZATIONS=1 .venv-$*/bin/python -m pytest \
		tests/backends tests/test_docstrings.py -m "not slow" -n $(WORKERS)

lint: setup
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .

format: setup
	@$(RUN) -m ruff check --fix .
	@$(RUN) -m ruff format .

benchmark: setup
	@echo "Measuring training throughput: about 5 minutes. Leave the machine alone meanwhile."
	@$(RUN) benchmarks/training_throughput.py

benchmark-rivals: .venv-rivals/.installed
	@echo "Measuring against bare loops, PyTorch and pythae: half an hour. Leave the machine alone meanwhile."
	@.venv-rivals/bin/python benchmarks/rivals.py --networks mlp_mnist --steps 600 --rounds 5
	@# XLA's convolutions take minutes a round on a processor, so JAX is left out of the others.
	@.venv-rivals/bin/python benchmarks/rivals.py --networks resnet_mnist conv_mnist resnet_celeba \
		--contenders tensorflow torch "bare tensorflow" "tuned torch" pythae autoencoders \
		--steps 12 --rounds 4 --output-dir runs/rivals_convolutions

clean:
	rm -rf $(VENV) $(BACKENDS:%=.venv-%) .venv-rivals build dist *.egg-info .pytest_cache .ruff_cache
