#!/usr/bin/env python3
"""What a template miner in Python takes: drain3 (PyPI) over the lines of a file. The count of its clusters is printed."""
import sys

from drain3 import TemplateMiner

miner = TemplateMiner()
with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
    for line in file:
        miner.add_log_message(line.rstrip("\n"))
print(len(miner.drain.clusters))
