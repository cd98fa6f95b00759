"""The job of bench/training.cpp in PyTorch: what a user would write instead.

20 categorical fields with 5000 values each (100 000 ids in all), embeddings of 16, layers 320-200-128-64-1, binary cross
entropy, batches of 1024 evenly drawn ids. One JSON line a rule: samples a second of wall clock (median of the rounds)
and of CPU time.

Run with Debian's python3-torch: env -u OPENBLAS_CORETYPE -u OPENBLAS_L2_SIZE OMP_WAIT_POLICY=passive \\
    MALLOC_TRIM_THRESHOLD_=4000000000 MALLOC_MMAP_THRESHOLD_=4000000000 /usr/bin/python3 bench/peers/train_torch.py
"""
import argparse
import json
import os
import statistics
import time


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--fields", type=int, default=20)
    parser.add_argument("--cardinality", type=int, default=5000, help="values a field")
    parser.add_argument("--dim", type=int, default=16, help="embedding width")
    parser.add_argument("--hidden", type=int, nargs="*", default=[200, 128, 64])
    parser.add_argument("--batch", type=int, default=1024)
    parser.add_argument("--steps", type=int, default=64, help="steps a round, as bench/training.cpp takes them")
    parser.add_argument("--rounds", type=int, default=5)
    return parser.parse_args()


args = arguments()
os.environ["OMP_NUM_THREADS"] = str(args.threads)  # before the import: OpenMP reads it once

import torch  # noqa: E402

torch.set_num_threads(args.threads)
torch.manual_seed(1)


def network():
    widths = [args.fields * args.dim, *args.hidden]
    layers = []
    for inputs, outputs in zip(widths, widths[1:]):
        layers += [torch.nn.Linear(inputs, outputs), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(widths[-1], 1))


def rules(table, dense):
    """Name -> maker of the optimisers of the table, whose gradients are sparse, and of the dense layers."""
    return {
        "adagrad": lambda: [torch.optim.Adagrad([table], lr=0.01), torch.optim.Adagrad(dense, lr=0.01)],
        "adam": lambda: [torch.optim.SparseAdam([table], lr=0.01), torch.optim.Adam(dense, lr=0.01)],
        "sgd": lambda: [torch.optim.SGD([table], lr=0.01), torch.optim.SGD(dense, lr=0.01)],
    }


def measure(name):
    table = torch.nn.Embedding(args.fields * args.cardinality, args.dim, sparse=True)
    layers = network()
    optimisers = rules(table.weight, list(layers.parameters()))[name]()
    first_of_field = torch.arange(args.fields) * args.cardinality
    ids = torch.randint(args.cardinality, (args.steps, args.batch, args.fields)) + first_of_field
    clicks = (torch.rand(args.steps, args.batch) < 0.5).float()
    loss = torch.nn.BCEWithLogitsLoss()

    def one_round():
        for batch, labels in zip(ids, clicks):
            for optimiser in optimisers:
                optimiser.zero_grad(set_to_none=True)
            logits = layers(table(batch).flatten(1)).squeeze(1)
            loss(logits, labels).backward()
            for optimiser in optimisers:
                optimiser.step()

    one_round()  # warms up
    wall, cpu = [], []
    for _ in range(args.rounds):
        start, start_cpu = time.perf_counter(), time.process_time()
        one_round()
        wall.append(time.perf_counter() - start)
        cpu.append(time.process_time() - start_cpu)
    samples = args.steps * args.batch
    shape = "-".join(map(str, [args.fields * args.dim, *args.hidden, 1]))
    print(json.dumps({
        "job": f"train/{args.fields}x{args.dim}_{shape}/{name}",
        "by": f"torch {torch.__version__}",
        "threads": args.threads,
        "samples_per_s": round(samples / statistics.median(wall)),
        "samples_per_cpu_s": round(args.threads * samples / statistics.median(cpu)),
    }), flush=True)


for rule in ("adagrad", "adam", "sgd"):
    measure(rule)
