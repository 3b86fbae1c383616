"""Commands side by side: in each round each runs once, every second round in the opposite order, so that what else the
machine does falls on all of them. Ratios are taken within a round; what is reported are medians over the rounds."""
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

import common


class Command:
    def __init__(self, name, argv, stdin=None, before=None, may_fail=False):
        """may_fail: what it says on standard error and its exit status do not matter."""
        self.name, self.argv, self.stdin, self.before, self.may_fail = name, argv, stdin, before, may_fail

    def run(self):
        """Seconds by the clock, seconds of CPU of all its processes."""
        if self.before:
            self.before()
        program = shutil.which(self.argv[0])
        actions = [(os.POSIX_SPAWN_OPEN, 0, self.stdin or os.devnull, os.O_RDONLY, 0),
                   (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
        if self.may_fail:
            actions.append((os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0))
        begin = time.perf_counter()
        child = os.posix_spawn(program, self.argv, os.environ, file_actions=actions)
        _, status, used = os.wait4(child, 0)
        took = time.perf_counter() - begin
        if status and not self.may_fail:
            sys.exit(f"{' '.join(self.argv)}: wait status {status}")
        return took, used.ru_utime + used.ru_stime


def shell(name, script, *args, **more):
    """A text for the shell, in which $0 is ctxcut and $1 the first of args."""
    return Command(name, ["sh", "-c", script, common.CTXCUT, *args], **more)


class Rounds:
    """Runs the commands; a first round warms up and does not count, unless it is the only one."""

    def __init__(self, commands, rounds):
        self.times = {command.name: [] for command in commands}
        for turn in range(rounds + 1 if rounds > 1 else 1):
            for command in commands if turn % 2 == 0 else reversed(commands):
                self.times[command.name].append(command.run())
        if rounds > 1:
            for taken in self.times.values():
                del taken[0]

    def ratio(self, name, base, which=0):
        """The median over the rounds of how much longer one took than the other; which=1: of CPU."""
        return statistics.median(own[which] / max(other[which], 1e-9)
                                 for own, other in zip(self.times[name], self.times[base]))

    def spread(self, name, base):
        """The least and the greatest of the ratios."""
        ratios = [own[0] / max(other[0], 1e-9) for own, other in zip(self.times[name], self.times[base])]
        return min(ratios), max(ratios)

    def medians(self, base):
        return {name: {"seconds": statistics.median(clock for clock, _ in taken),
                       "cpu": statistics.median(cpu for _, cpu in taken),
                       "ratio": self.ratio(name, base), "cpu_ratio": self.ratio(name, base, 1)}
                for name, taken in self.times.items()}


def instructions(argv):
    """From start to end, as callgrind counts them: the same each time. It has no AVX-512. None when it fails."""
    run = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *argv],
                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    counted = re.search(r"Collected : (\d+)", run.stderr)
    return int(counted[1]) if counted and run.returncode == 0 else None


def show(title, found, base, size=None):
    rows = []
    for name, took in found.items():
        unit = 1 if took["seconds"] >= 0.1 else 1e3
        rows.append([name, f"{took['seconds'] * unit:.2f} {'s' if unit == 1 else 'ms'}",
                     f"{took['cpu'] * unit:.2f} {'s' if unit == 1 else 'ms'}",
                     common.rate(size / took["seconds"]) if size else "", f"{took['ratio']:.2f}",
                     f"{took['cpu_ratio']:.2f}"])
    common.table([title, "time", "CPU", "GB/s" if size else "", "/ " + base, "of CPU"], rows)
    print(flush=True)


def has(program):
    if shutil.which(program):
        return True
    print(f"{program} is not there: left out", flush=True)
    return False


def has_module(name):
    if subprocess.run([sys.executable, "-c", f"import {name}"], capture_output=True).returncode == 0:
        return True
    print(f"Python has no {name}: left out", flush=True)
    return False
