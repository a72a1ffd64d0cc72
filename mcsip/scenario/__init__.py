"""Scenario files: model, loader, runner, result."""
