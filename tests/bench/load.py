# SPDX-License-Identifier: Apache-2.0
"""How much of the processors others had: busy time that is not that of one process and
its descendants. Time stolen by the host counts as others'."""
import os

TICKS = os.sysconf("SC_CLK_TCK")


def busy():
    """Busy and all ticks, of all processors together."""
    with open("/proc/stat") as f:
        ticks = [int(t) for t in f.readline().split()[1:9]]
    return sum(ticks) - ticks[3] - ticks[4], sum(ticks)


def of_process(pid):
    """Parent, and its ticks with those of the children it has waited for."""
    with open("/proc/%s/stat" % pid) as f:
        fields = f.read().rsplit(")", 1)[1].split()
    return int(fields[1]), sum(int(t) for t in fields[11:15])


def of_tree(root):
    parents, ticks = {}, {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)], ticks[int(name)] = of_process(name)
            except (OSError, IndexError):
                pass
    ours = {root}
    grown = True
    while grown:
        more = {p for p, parent in parents.items() if parent in ours} - ours
        ours |= more
        grown = bool(more)
    return sum(ticks.get(p, 0) for p in ours)


class Others:
    """The share of others between two looks; one that comes too soon to tell repeats
    the last: figures of one measurement are printed together."""

    SOON = 2 * TICKS * os.cpu_count()

    def __init__(self, root):
        self.root = root
        self.begin()

    def look(self):
        return (*busy(), of_tree(self.root))

    def begin(self):
        self.last = self.look()
        self.share = None

    def since(self):
        now = self.look()
        took, every, ours = (a - b for a, b in zip(now, self.last))
        if every > 0 and (every >= self.SOON or self.share is None):
            self.share = min(1.0, max(0.0, took - ours) / every)
            self.last = now
        return self.share or 0.0
