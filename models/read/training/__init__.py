"""What makes the weights of reading: pages with truth, their split, prototypes and networks. Never imported to read a page."""
