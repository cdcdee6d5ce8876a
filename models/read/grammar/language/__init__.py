"""The text language of productions: its syntax, its faults told in sentences, its printer."""
