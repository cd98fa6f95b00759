#!/usr/bin/env python3
"""How the cost of a run grows with items, users and requests: one table each, CPU seconds and memory of whole runs.

    bench/scaling.py --build build [items users requests]

Every run is a funnel of recall by inner products, two-tower pre-ranking and a two-tower page over one world, one
replicate; only the one size changes. `growth` is the exponent between two rows: 1 is linear, less is a fixed part that
still shows.
"""
import argparse
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path

SCENARIO = """scenario: scaling
question: What does a run cost at this size?
world: {use: feed_small}
logs: {days: 1, policy: {kind: popularity, explore: 0.3}}
models:
  towers: {use: towers}
funnel:
  - {name: recall, kind: exact_inner_product, model: towers, keep: 1000}
  - {name: preranking, kind: two_tower, model: towers, keep: 100}
  - {name: ranking, kind: score, model: towers, keep: 10}
evaluate: {requests: 500, arm_requests: 0, alignment_requests: 0, split_regret: false}
"""

AXES = {
    "items": ("world.items", [10_000, 30_000, 100_000, 300_000, 1_000_000]),
    "users": ("world.users", [10_000, 30_000, 100_000, 300_000, 1_000_000]),
    "requests": ("evaluate.requests", [10_000, 30_000, 100_000, 300_000]),
}


def measured(program, scenario, setting):
    """CPU seconds and peak memory in MB of one run."""
    child = subprocess.Popen([str(program), "run", str(scenario), "-q", "--set", setting],
                             stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"the run with {setting} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build/release"))
    parser.add_argument("axes", nargs="*", default=list(AXES))
    options = parser.parse_args()
    configs = Path(__file__).resolve().parent.parent / "configs"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "configs").symlink_to(configs)
        scenario = Path(folder) / "scaling.yaml"
        scenario.write_text(SCENARIO)
        for axis in options.axes:
            path, sizes = AXES[axis]
            print(f"{axis:>10}  {'CPU s':>8}  {'MB':>7}  {'growth':>6}", flush=True)
            before = None
            for size in sizes:
                seconds, megabytes = measured(options.build / "cascade", scenario, f"{path}={size}")
                growth = "" if before is None else f"{math.log(seconds / before[1]) / math.log(size / before[0]):.2f}"
                print(f"{size:>10}  {seconds:>8.2f}  {megabytes:>7.0f}  {growth:>6}", flush=True)
                before = (size, seconds)


if __name__ == "__main__":
    main()
