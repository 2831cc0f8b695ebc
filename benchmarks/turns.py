"""Contenders take turns, so that a slow moment of the machine meets all of them."""

import time


def take_turns(contenders, rounds):
    """Yield the name of the contender to run, each once a round; the order turns each round.

    Args:
        contenders: name → function, run once before: it traces, allocates, warms the caches.
        rounds: how many.
    """
    names = list(contenders)
    for run in contenders.values():
        run()
    for i in range(rounds):
        shift = i % len(names)
        yield from names[shift:] + names[:shift]
        print(f"round {i + 1} of {rounds}", flush=True)


def seconds_of(run):
    """Call it: the seconds by the clock, and those of all cores together."""
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu
