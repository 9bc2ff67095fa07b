# SPDX-License-Identifier: Apache-2.0
"""Why a figure of the table is not what it is to be: what was measured, what was tried,
and what the limit really is. BENCHMARKS.md prints those of the figures that the last run
did not meet."""

# By the figure's name: one text for all its styles.
LIMITS = {
}
