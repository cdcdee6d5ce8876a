"""The text language of productions: its syntax, its faults as sentences, its printer."""
