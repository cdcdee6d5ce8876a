"""What developers run by hand: drawing examples, adopting weights, taking the page's picture."""
