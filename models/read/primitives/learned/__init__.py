"""Primitives found by a network: a centre heat-map detector of signs and lines, and what the grammar asks of them."""
