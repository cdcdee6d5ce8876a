"""What computes: no web, no SQL. Jobs talk to the outside through `models.engine` alone."""
