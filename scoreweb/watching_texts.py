"""Texts of the pages that the host alone sees."""

NO_ENTRY = "This page is for the host."
STATUS_TITLE = "ScoreWeb: how it is"
STATUS_WELL = "All is well."
STATUS_UNWELL = "Something is wrong: see the services below, and the log."
STATUS_YES = "yes"
STATUS_NO = "no"
STATUS_NOW = "Now"
STATUS_VISITORS = "Visitors with the page open"
STATUS_MEMORY = "Memory of the page"
STATUS_SERVICES = "Services"
STATUS_SERVICE_HEAD = ("Service", "Well", "Waiting", "Running", "Stuck")
STATUS_JOBS = "Jobs since the start"
STATUS_JOB_HEAD = ("Service", "Outcome", "Jobs")
STATUS_ERRORS = "Errors since the start"
STATUS_ERROR_HEAD = ("Kind", "Times")
STATUS_KEPT = "The collection"
STATUS_KEPT_HEAD = ("Job", "State", "Donations")
STATUS_NOTHING = "Nothing yet."
