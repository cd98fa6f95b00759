"""The retrieval of bench/retrieval.cpp in faiss: exact top-1000 of 100 000 items by inner product, one thread.

Prints one JSON line: queries a second of wall clock (median of the rounds) and of CPU time. Needs Debian's
python3-faiss; run it as run_peers.py does.
"""
import argparse
import json
import os
import statistics
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--items", type=int, default=100_000)
parser.add_argument("--dim", type=int, default=64)
parser.add_argument("-k", type=int, default=1000)
parser.add_argument("--queries", type=int, default=256, help="asked for together")
parser.add_argument("--rounds", type=int, default=7)
args = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before the imports: read once

import faiss  # noqa: E402
import numpy  # noqa: E402

random = numpy.random.default_rng(1)
items = random.standard_normal((args.items, args.dim), dtype=numpy.float32)
queries = random.standard_normal((args.queries, args.dim), dtype=numpy.float32)
index = faiss.IndexFlatIP(args.dim)
index.add(items)
faiss.omp_set_num_threads(1)

index.search(queries, args.k)  # warms up
wall, cpu = [], []
for _ in range(args.rounds):
    start, start_cpu = time.perf_counter(), time.process_time()
    index.search(queries, args.k)
    wall.append(time.perf_counter() - start)
    cpu.append(time.process_time() - start_cpu)
print(json.dumps({
    "job": f"retrieval/{args.items}x{args.dim}/k{args.k}",
    "by": f"faiss {faiss.__version__} flat",
    "threads": 1,
    "queries_per_s": round(args.queries / statistics.median(wall)),
    "queries_per_cpu_s": round(args.queries / statistics.median(cpu)),
}))
