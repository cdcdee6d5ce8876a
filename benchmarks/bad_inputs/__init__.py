"""Files that visitors should never send, made by code: damaged, lying, hostile ones; at least 200 for each job.

``python -m benchmarks.bad_inputs`` gives each to its job as a visitor would and prints the table of docs/operations.md.
"""

from benchmarks.bad_inputs.case import Case
from benchmarks.bad_inputs.corpus import JOBS, cases_of

__all__ = ["JOBS", "Case", "cases_of"]
