"""The best-first search for derivations of a host graph, within a budget."""
