#!/usr/bin/env python3
"""Grouping accuracy of templates on loghub's sets.

    bench/grouping.py FOLDER      FOLDER holds NAME/NAME_2k.log and NAME/NAME_2k.log_structured.csv (https://github.com/logpai/loghub)
    bench/grouping.py --quick     a made-up set of 300 lines, to see that it works

Grouping accuracy (GA, as in Zhu et al., Tools and Benchmarks for Automated Log Parsing, ICSE-SEIP 2019): the share of
lines whose group, as `ctxcut templates --ids` forms it from the raw lines, is exactly the set of lines of one gold event.
"""
import argparse
import collections
import csv
import glob
import os
import sys
import tempfile

import common


def gold_events(log):
    csv.field_size_limit(1 << 30)
    with open(log + "_structured.csv", encoding="utf-8", errors="replace", newline="") as file:
        return [row["EventId"] for row in csv.DictReader(file)]


def make_quick(folder):
    """A service that counts and now and then complains."""
    os.makedirs(os.path.join(folder, "Made"))
    path = os.path.join(folder, "Made", "Made_2k.log")
    with open(path, "w", encoding="utf-8") as log, open(path + "_structured.csv", "w", encoding="utf-8") as gold:
        gold.write("LineId,Level,Content,EventId\n")
        for i in range(300):
            event, level, text = ("E1", "INFO", f"stored order {i * 7} in {i % 9} ms")
            if i % 50 == 49:
                event, level, text = ("E2", "ERROR", f"cannot reach depot {i}")
            log.write(f"2024-05-01 10:00:{i % 60:02} {level} {text}\n")
            gold.write(f"{i + 1},{level},{text},{event}\n")


def grouping_accuracy(log):
    events = gold_events(log)
    output, status = common.ctxcut("templates", "--ids", log)
    ids = output.split()
    if status or len(ids) != len(events):
        sys.exit(f"{log}: {len(ids)} ids for {len(events)} lines, exit status {status}")
    size, groups = collections.Counter(events), collections.defaultdict(collections.Counter)
    for template, event in zip(ids, events):
        groups[template][event] += 1
    right = 0
    for found in groups.values():
        if len(found) == 1:
            event, n = next(iter(found.items()))
            right += n if n == size[event] else 0
    return right / len(ids), len(groups), len(size)


def measure(folder):
    logs = sorted(glob.glob(os.path.join(glob.escape(folder), "*", "*_2k.log")))
    if not logs:
        sys.exit(f"no sets in {folder}")
    accuracy = {os.path.basename(os.path.dirname(log)): grouping_accuracy(log) for log in logs}
    mean = sum(ga for ga, _, _ in accuracy.values()) / len(accuracy)
    common.table(["set", "GA", "groups", "gold"],
                 [[name, f"{ga:.4f}", groups, gold] for name, (ga, groups, gold) in accuracy.items()]
                 + [["mean", f"{mean:.4f}", "", ""]])
    return {"sets": len(logs), "ga_mean": mean, "ga": {name: ga for name, (ga, _, _) in accuracy.items()}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?")
    parser.add_argument("--quick", action="store_true")
    args = parser.parse_args()
    if not args.folder and not args.quick:
        parser.error("which sets? bench/grouping.py FOLDER, or --quick")
    with tempfile.TemporaryDirectory() as made:
        if args.quick:
            make_quick(made)
        measure(made if args.quick else args.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
