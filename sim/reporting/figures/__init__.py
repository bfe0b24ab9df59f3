"""Figures of runs, comparisons and the published cohort, in one style."""

from sim.reporting.figures.cdnow import cdnow_figure
from sim.reporting.figures.comparison import arms_figure, compare_figure, uncertainty_figure
from sim.reporting.figures.customers import customers_figure
from sim.reporting.figures.organisation import organisation_figure
from sim.reporting.figures.run import run_figure
from sim.reporting.figures.sales import sales_figure
from sim.reporting.figures.style import png, save

__all__ = [
    "arms_figure", "cdnow_figure", "compare_figure", "customers_figure", "organisation_figure",
    "png", "run_figure", "sales_figure", "save", "uncertainty_figure",
]  # fmt: skip
