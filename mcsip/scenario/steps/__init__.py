"""The steps of scenarios, one file for each verb."""

from mcsip.scenario.steps.registry import STEPS, StepKind

__all__ = ["STEPS", "StepKind"]
