"""The steps of scenarios, one file per verb."""
