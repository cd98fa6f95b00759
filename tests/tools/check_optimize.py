"""check_optimize.py CASCADE SCENARIO SEED...: runs `cascade optimize` in the world of every seed and prints how much
better, on the requests that judge, the choice is than the best of the funnels drawn by chance. Fails where the mean
over seeds is not above 0 beyond its interval (Student's t), or where the choice is worse beyond its interval in some
world."""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

T_975 = {2: 12.706, 3: 4.303, 4: 3.182, 5: 2.776, 6: 2.571, 7: 2.447, 8: 2.365, 9: 2.306, 10: 2.262}  # by seeds

program, scenario, *seeds = sys.argv[1:]
gaps = []
worse = []
print("| seed | funnels tried | finalists | the choice | best of lots within the limit | the choice is better by |")
print("|---|---|---|---|---|---|")
for seed in seeds:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([program, "optimize", "-q", scenario, "--set", f"seed={seed}", "-o", folder], check=True)
        found = json.loads((pathlib.Path(folder) / "optimize.json").read_text())
    lots = found["best_of_random"]
    best = lots["best"]
    gap = best["chosen_is_better_by"]
    low, high = gap["ci95"]
    better = f"{gap['mean']:+.4f} [{low:+.4f}, {high:+.4f}]"
    if best["funnel"] == found["chosen"]["funnel"]:
        better = "0: it was drawn"
    tried, finalists = found["search"]["tried"], found["finals"]["finalists"]
    chosen = found["chosen"]["judged"]["mean"]
    print(f"| {seed} | {tried:,} | {finalists} | {chosen:.3f} | {best['judged']['mean']:.3f}, of {lots['funnels']} "
          f"| {better} |", flush=True)
    gaps.append(gap["mean"])
    if high < 0:
        worse.append(seed)
mean = statistics.mean(gaps)
half = T_975[len(gaps)] * statistics.stdev(gaps) / len(gaps) ** 0.5
print(f"over {len(gaps)} seeds better by {mean:+.4f} [{mean - half:+.4f}, {mean + half:+.4f}]")
if worse:
    sys.exit("worse beyond its interval: seed " + ", ".join(worse))
if mean - half <= 0:
    sys.exit("the search is not worth more than drawing lots")
