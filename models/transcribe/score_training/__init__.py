"""What teaches the notation network: aligned performances and scores, their split, and the recipe. The app imports none of it."""
