"""Judges the cases that tests/metrics/python_test.cpp wrote: AUC, tau-b and NDCG by scikit-learn and SciPy, the
bivariate normal tail by SciPy. Exit code 77: a package is missing."""
import json
import math
import sys

try:
    import numpy as np
    from scipy.stats import kendalltau, multivariate_normal
    from sklearn.metrics import ndcg_score, roc_auc_score
except ImportError as missing:
    print(f"needs python3-sklearn and python3-scipy: {missing}")
    sys.exit(77)


def expected(case):
    a, gains, labels, items = (np.array(case[k], dtype=float) for k in ("a", "gains", "labels", "items"))
    m = min(case["m"], len(a))
    auc = tau = ndcg = None
    if 0 < labels.sum() < len(labels):
        auc = roc_auc_score(labels, a)
    if len(a) > 1 and len(set(a)) > 1 and len(set(case["b"])) > 1:
        tau = kendalltau(a, case["b"], variant="b").statistic
    if m > 0 and gains.sum() > 0:
        if len(a) == 1:
            ndcg = 1.0
        else:
            # ndcg_score averages ties: replace the scores by ranks, ties by lower item id
            order = np.lexsort((items, -a))
            ranks = np.empty(len(a))
            ranks[order] = np.arange(len(a), 0, -1)
            ndcg = ndcg_score([gains], [ranks], k=m)
    return {"auc": auc, "tau_b": tau, "ndcg": ndcg}


checked = 0
for number, line in enumerate(open(sys.argv[1])):
    case = json.loads(line)
    if "rho" in case:
        rho = case["rho"]
        exact = multivariate_normal.cdf([-case["h"], -case["k"]], [0, 0], [[1, rho], [rho, 1]], abseps=1e-13, releps=1e-13)
        pairs = {"upper": (case["upper"], float(exact))}
    else:
        pairs = {name: (case[name], value) for name, value in expected(case).items()}
    for name, (ours, theirs) in pairs.items():
        if (ours is None) != (theirs is None) or (ours is not None and not math.isclose(ours, theirs, abs_tol=1e-12)):
            print(f"line {number + 1}: {name} is {ours}, the other library says {theirs}")
            sys.exit(1)
        checked += ours is not None
print(f"{checked} values agree")
