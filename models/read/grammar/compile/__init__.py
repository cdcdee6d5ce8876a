"""From productions as text to functions: expressions, alphabets, memberships and the control diagram."""
