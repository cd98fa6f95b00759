"""Rebuilds the networks of tests/train/torch_test.cpp in PyTorch and compares logits, loss, gradients and the
parameters after a few optimiser steps. Each line of the file is one case. Exit 1 with the differences, 77 without
PyTorch."""
import json
import sys

try:
    import torch
except ImportError:
    print("python3-torch is not installed")
    sys.exit(77)

import torch.nn.functional as F

torch.set_num_threads(1)


def tensor_of(entry):
    flat = torch.tensor(entry["value"], dtype=torch.float64)
    return flat.reshape(-1, entry["width"])


class Network:
    def __init__(self, case):
        self.settings = case["settings"]
        self.sparse = {name for name, entry in case["before"].items() if entry["sparse"]}
        self.p = {name: tensor_of(entry).requires_grad_() for name, entry in case["before"].items()}

    def pooled(self, name, ids):
        """Mean of the embeddings of the values there are; rows of padding touch nothing."""
        table = self.p[name]
        ids = torch.tensor(ids, dtype=torch.long).reshape(self.rows, -1)
        row, slot = torch.nonzero(ids >= 0, as_tuple=True)
        vectors = F.embedding(ids[row, slot], table, sparse=True)
        sums = torch.zeros(self.rows, table.shape[1], dtype=torch.float64).index_add(0, row, vectors)
        return sums / (ids >= 0).sum(1, keepdim=True).clamp(min=1)

    def linear(self, name, x):
        return x @ self.p[name + ".weight"] + self.p[name + ".bias"].reshape(-1)

    def mlp(self, prefix, x):
        last = max(int(n.split(".")[1]) for n in self.p if n.startswith(prefix + ".") and n.split(".")[1].isdigit())
        for layer in range(last + 1):
            x = self.linear(f"{prefix}.{layer}", x)
            if layer < last:
                x = F.leaky_relu(x, self.settings["slope"])
        return x

    def side(self, prefix, batch, side):
        return torch.cat([self.pooled(f"{prefix}.{g}", batch["ids"][g]) for g in self.settings[side]], 1)

    def logits(self, batch):
        self.rows = len(batch["clicks"])
        if self.settings["kind"] == "two_tower":
            u = F.normalize(self.mlp("user", self.side("user.embedding", batch, "user")), dim=1)
            v = F.normalize(self.mlp("item", self.side("item.embedding", batch, "item")), dim=1)
            bias = F.embedding(torch.tensor(batch["items"], dtype=torch.long), self.p["item_bias"], sparse=True)
            return self.settings["scale"] * (u * v).sum(1) + bias.squeeze(1) + self.p["bias"].squeeze()
        sides = [self.side("embedding", batch, s) for s in ("user", "item", "cross")]
        products = self.linear("user_latent", sides[0]) * self.linear("item_latent", sides[1])
        attended = [self.attended(batch)] if "behaviours" in self.settings else []
        return self.mlp("layer", torch.cat(sides + [products] + attended, 1)).squeeze(1)

    def attended(self, batch):
        """DIN: the user's latest clicks, each weighed for the candidate by a small network, summed."""
        clicks = torch.tensor(batch["sequence"], dtype=torch.long).reshape(self.rows, -1)
        row, slot = torch.nonzero(clicks >= 0, as_tuple=True)
        category = torch.tensor(self.settings["category_of_item"], dtype=torch.long)

        def vectors(items):
            ids = {"item_id": items, "category": category[items]}
            return torch.cat(
                [F.embedding(ids[g], self.p[f"embedding.{g}"], sparse=True) for g in self.settings["behaviours"]], 1)

        e = vectors(clicks[row, slot])
        v = vectors(torch.tensor(batch["items"], dtype=torch.long))[row]
        weights = self.mlp("attention", torch.cat([e, v, e - v, e * v], 1))
        return torch.zeros(self.rows, e.shape[1], dtype=torch.float64).index_add(0, row, weights * e)

    def optimizers(self, kind):
        dense = [t for n, t in self.p.items() if n not in self.sparse]
        tables = [t for n, t in self.p.items() if n in self.sparse]
        if kind == "sgd":
            return [torch.optim.SGD(dense, lr=0.05), torch.optim.SGD(tables, lr=0.02)]
        if kind == "adagrad":
            return [torch.optim.Adagrad(dense, lr=0.05), torch.optim.Adagrad(tables, lr=0.02)]
        return [torch.optim.Adam(dense, lr=0.05), torch.optim.SparseAdam(tables, lr=0.02)]


def check(case):
    faults = []
    tolerance = 1e-9 if case["precision"] == 64 else 1e-5

    def compare(what, ours, theirs):
        difference = (torch.as_tensor(ours, dtype=torch.float64).reshape(theirs.shape) - theirs).abs()
        worst = (difference / (1 + theirs.abs())).max().item()
        if not worst <= tolerance:
            faults.append(f"{case['name']} float{case['precision']} {case['optimizer']}: {what} differs by {worst:.3g}")

    network = Network(case)
    optimizers = network.optimizers(case["optimizer"])
    for k, batch in enumerate(case["batches"]):
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        logits = network.logits(batch)
        loss = F.binary_cross_entropy_with_logits(logits, torch.tensor(batch["clicks"], dtype=torch.float64))
        loss.backward()
        if k == 0:
            compare("logits", case["logits"], logits.detach())
            compare("loss", [case["loss"]], loss.detach().reshape(1))
            for name, entry in case["gradients"].items():
                gradient = network.p[name].grad
                compare("gradient of " + name, entry["value"], gradient.to_dense() if gradient.is_sparse else gradient)
        for optimizer in optimizers:
            optimizer.step()
    # Adaptive rules divide by the size of a gradient: one that cancels to rounding noise moves as far as any other, so
    # their steps are compared in double only.
    if case["precision"] == 64 or case["optimizer"] == "sgd":
        for name, entry in case["after"].items():
            compare("stepped " + name, entry["value"], network.p[name].detach())
    return faults


if __name__ == "__main__":
    found = []
    with open(sys.argv[1]) as lines:
        cases = [json.loads(line) for line in lines]
    for one in cases:
        found += check(one)
    print("\n".join(found) or f"{len(cases)} cases agree")
    sys.exit(1 if found else 0)
