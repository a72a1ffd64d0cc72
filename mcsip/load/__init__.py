"""Load: many users at a rate, measured from the moment at which each request was due."""
