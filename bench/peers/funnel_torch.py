"""The funnel of bench/funnel.cpp in PyTorch, written for speed: what a user would write instead.

Users in blocks of 64: the 10 best of all items by truth, 1000 recalled by inner product, an MLP to 100, a wider one to
10, and how many of the 10 best are left after each stage. The networks are those of bench/funnel.cpp (untrained; two
hidden units carry the score), their first layers folded into one matrix a user, so that no pair feature is written.
Prints one JSON line: users a second of wall clock and of CPU time. Needs Debian's python3-torch; run it as run_peers.py
does. Fastest on two cores as two processes of one thread.
"""
import argparse
import json
import os
import resource
import time

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--users", type=int, default=10_000)
parser.add_argument("--items", type=int, default=100_000)
parser.add_argument("--threads", type=int, default=1)
args = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = str(args.threads)  # before the import

import torch  # noqa: E402

torch.set_num_threads(args.threads)
torch.set_grad_enabled(False)
torch.manual_seed(1)
DIM, SIDE, BLOCK, RECALLED, PRERANKED, SHOWN = 64, 8, 64, 1000, 100, 10
SCALE = DIM ** -0.5


def noisy(truth, noise):
    return truth + noise * torch.randn_like(truth)


user_truth, item_truth = torch.randn(args.users, DIM), torch.randn(args.items, DIM)
bias = 0.3 * torch.randn(args.items, 1)
noisy_bias = noisy(bias, 0.3)
user_coarse, item_coarse = noisy(user_truth, 0.5), noisy(item_truth, 0.5)
user_fine, item_fine = noisy(user_truth, 0.15), noisy(item_truth, 0.15)
user_side = torch.randn(args.users, SIDE)
item_side = torch.cat([bias, noisy_bias, torch.randn(args.items, SIDE - 2)], 1)


def weights(rows, cols):
    """Random, except that nothing random reaches units 0 and 1."""
    w = torch.randn(rows, cols) * (2 / (rows + 1)) ** 0.5
    w[:, :2] = 0
    return w


class Ranker:
    """An MLP on [for every view: u, v, u * v; user side; item side]."""

    def __init__(self, views, user_side, bias_column, score_view, widths, together):
        self.users = [users for users, _ in views]
        self.user_side = user_side
        self.together = together  # users scored in one call
        self.item_columns = torch.cat([items for _, items in views] + [item_side], 1).contiguous()
        width = widths[0]
        self.of_users = [weights(DIM, width) for _ in views]
        self.of_items = [weights(DIM, width) for _ in views]
        self.of_products = [weights(DIM, width) for _ in views]
        self.of_user_side = None if user_side is None else weights(SIDE, width)
        self.of_item_side = weights(SIDE, width)
        sign = torch.tensor([1.0, -1.0])
        self.of_products[score_view][:, :2] = SCALE * sign
        self.of_item_side[bias_column, :2] = sign
        self.layers = []
        for inputs, outputs in zip(widths, widths[1:]):
            w = weights(inputs, outputs)
            w[:2, :2] = torch.eye(2)
            self.layers.append(w)
        self.last = torch.zeros(widths[-1], 1)
        self.last[:2, 0] = sign

    def score(self, users, candidates):
        """Scores [users, candidates] of candidates [users, candidates]."""
        block, count = candidates.shape
        folded, constant = [], 0
        for i, of_view in enumerate(self.users):
            u = of_view[users]
            folded.append(self.of_items[i] + u[:, :, None] * self.of_products[i])
            constant = constant + u @ self.of_users[i]
        folded.append(self.of_item_side.expand(block, -1, -1))
        if self.user_side is not None:
            constant = constant + self.user_side[users] @ self.of_user_side
        columns = self.item_columns.index_select(0, candidates.reshape(-1)).view(block, count, -1)
        hidden = torch.baddbmm(constant[:, None], columns, torch.cat(folded, 1)).view(block * count, -1).relu_()
        for layer in self.layers:
            hidden = (hidden @ layer).relu_()
        return (hidden @ self.last).view(block, count)

    def keep_best(self, users, candidates, count):
        scores = torch.cat([self.score(users[i:i + self.together], candidates[i:i + self.together])
                            for i in range(0, len(users), self.together)])
        return candidates.gather(1, scores.topk(count, sorted=count == SHOWN).indices)


def scored_items(vectors, biases):
    """[dim + 1, items]: with queries [vector, 1] the product is the score."""
    return torch.cat([SCALE * vectors, biases], 1).t().contiguous()


prerank = Ranker([(user_coarse, item_coarse)], None, 1, 0, [128, 64, 32], 8)
fine = Ranker([(user_coarse, item_coarse), (user_fine, item_fine)], user_side, 0, 1, [512, 256, 128], 16)
true_items, coarse_items = scored_items(item_truth, bias), scored_items(item_coarse, noisy_bias)
one = torch.ones(BLOCK, 1)


def retrieve(vectors, items, count):
    return (torch.cat([vectors, one[:len(vectors)]], 1) @ items).topk(count, sorted=False).indices


def serve(first):
    users = torch.arange(first, min(first + BLOCK, args.users))
    best = retrieve(user_truth[users], true_items, SHOWN)
    recalled = retrieve(user_coarse[users], coarse_items, RECALLED)
    preranked = prerank.keep_best(users, recalled, PRERANKED)
    shown = fine.keep_best(users, preranked, SHOWN)
    return [int((kept[:, :, None] == best[:, None, :]).sum()) for kept in (recalled, preranked, shown)]


serve(0)  # warms up
start, start_cpu = time.perf_counter(), time.process_time()
hits = torch.tensor([serve(first) for first in range(0, args.users, BLOCK)]).sum(0) / (args.users * SHOWN)
wall, cpu = time.perf_counter() - start, time.process_time() - start_cpu
print(json.dumps({
    "job": f"funnel/{args.users}x{args.items}/{RECALLED}/{PRERANKED}/{SHOWN}",
    "by": f"torch {torch.__version__}",
    "threads": args.threads,
    "users_per_s": round(args.users / wall, 1),
    "users_per_cpu_s": round(args.threads * args.users / cpu, 1),
    "recalls": [round(float(x), 4) for x in hits],
    "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
}))
