#!/usr/bin/env python3
"""Runs our benchmarks and the same jobs in other libraries in turns (A B A B ...) and prints medians and ratios.

    cmake -B build -DCASCADE_BUILD_BENCH=ON && cmake --build build
    bench/peers/run_peers.py --build build [--rounds 5] [retrieval training funnel]

Rates are of CPU time times cores: what an otherwise idle machine would give, and what other programs disturb least.
The wall column is what the clock saw. The peers need Debian's python3-faiss, python3-torch and libopenblas0 (on the
reference BLAS they are five times slower).
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

# Our benchmark (program, case, rate counter) against the peer's driver and how many of it run side by side, which is
# its fastest way to use as many cores.
JOBS = {
    "retrieval": {
        "ours": ("bench_retrieval", "retrieval/100000x64/k1000/q256", "queries/s"),
        "peer": ("retrieval_faiss.py", "retrieval/100000x64/k1000"),
        "cores": 1,
    },
    "training": {
        "ours": ("bench_training", "train/20x16_320-200-128-64-1/adagrad", "samples/s"),
        "peer": ("train_torch.py", "train/20x16_320-200-128-64-1/adagrad"),
        "cores": 1,
    },
    "funnel": {
        "ours": ("bench_funnel", "funnel/threads2", "users/s"),
        "peer": ("funnel_torch.py", "funnel/10000x100000/1000/100/10"),
        "cores": 2,
    },
}


def peer_environment():
    """The peers at their best: no OpenBLAS overrides, no spinning threads, no memory given back between calls."""
    environment = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    environment["OMP_WAIT_POLICY"] = "passive"
    environment["MALLOC_TRIM_THRESHOLD_"] = environment["MALLOC_MMAP_THRESHOLD_"] = "4000000000"
    return environment


def run_ours(build, job):
    """(rate of CPU time times cores, rate of wall clock)."""
    program, case, counter = job["ours"]
    command = [str(build / program), f"--benchmark_filter=^{case}", "--benchmark_format=json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    result = json.loads(done.stdout)["benchmarks"][0]
    rate, cpu_over_wall = result[counter], result["cpu_time"] / result["real_time"]
    if result["name"].endswith("real_time"):
        return job["cores"] * rate / cpu_over_wall, rate
    return job["cores"] * rate, rate * cpu_over_wall


def run_peer(python, job):
    """As run_ours, summed over the processes side by side."""
    driver, case = job["peer"]
    processes = [subprocess.Popen([python, str(HERE / driver)], stdout=subprocess.PIPE, env=peer_environment())
                 for _ in range(job["cores"])]
    cpu = wall = 0
    for process in processes:
        output, _ = process.communicate()
        if process.returncode != 0:
            sys.exit(f"{driver} failed")
        result = next(r for r in map(json.loads, output.splitlines()) if r["job"] == case)
        cpu += next(v for k, v in result.items() if k.endswith("_per_cpu_s"))
        wall += next(v for k, v in result.items() if k.endswith("_per_s"))
    return cpu, wall


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=Path, default=Path("build"), help="folder with our bench_ programs")
    parser.add_argument("--python", default="/usr/bin/python3", help="interpreter that has faiss and torch")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("jobs", nargs="*", choices=[[], *JOBS], help="all by default")
    args = parser.parse_args()
    print(f"{'job':12}{'unit':>12}{'ours':>12}{'peer':>12}{'ratio':>8}{'ours, wall':>14}{'peer, wall':>14}")
    for name in args.jobs or JOBS:
        job = JOBS[name]
        ours, peer = [], []
        for _ in range(args.rounds):
            ours.append(run_ours(args.build, job))
            peer.append(run_peer(args.python, job))
        (our_cpu, our_wall), (peer_cpu, peer_wall) = (map(statistics.median, zip(*side)) for side in (ours, peer))
        print(f"{name:12}{job['ours'][2]:>12}{our_cpu:12.0f}{peer_cpu:12.0f}{our_cpu / peer_cpu:8.2f}"
              f"{our_wall:14.0f}{peer_wall:14.0f}", flush=True)


if __name__ == "__main__":
    main()
