"""One command a job; each prints the table that README and docs quote."""
