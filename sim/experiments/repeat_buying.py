"""Stochastic models of buying, benchmarks for simulated buyers.

- NBD: every customer buys at a constant rate, which differs between customers by a gamma
  distribution.
- BG/NBD: after every purchase a customer may drop out, with a chance that differs by a beta
  distribution (Fader, Hardie & Lee 2005, Marketing Science 24:275-284).
- Dirichlet: buyers of a category, an NBD, choose brands with probabilities that differ by a
  Dirichlet distribution (Goodhardt, Ehrenberg & Chatfield 1984, JRSS A 147:621-655).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq, minimize, minimize_scalar
from scipy.special import betaln, gammaln, hyp2f1
from scipy.stats import nbinom


@dataclass(frozen=True)
class Histories:
    """Repeat purchases of customers since their first purchase.

    Attributes:
        repeats: number of repeat purchases, float64 [customer].
        last: weeks until the last of them, 0 without one, float64 [customer].
        observed: weeks until the end of observation, float64 [customer].
    """

    repeats: np.ndarray
    last: np.ndarray
    observed: np.ndarray


def nbd_likelihood(r: float, alpha: float, seen: Histories) -> float:
    """Log-likelihood of purchase times under the NBD.

    Args:
        r, alpha: shape and rate, in weeks, of the gamma distribution of purchase rates.
        seen: purchases.
    """
    return float((_purchases(r, alpha, seen) + _unbroken(r, alpha, seen)).sum())


def bg_nbd_likelihood(r: float, alpha: float, a: float, b: float, seen: Histories) -> float:
    """Log-likelihood of purchase times under the BG/NBD (equation 6 of the paper).

    Args:
        r, alpha: as for :func:`nbd_likelihood`.
        a, b: of the beta distribution of the chance to drop out.
        seen: purchases.
    """
    x, some = seen.repeats, seen.repeats > 0
    active = betaln(a, b + x) + _unbroken(r, alpha, seen)
    gone = betaln(a + 1.0, b + np.maximum(x, 1.0) - 1.0) - (r + x) * np.log(alpha + seen.last)
    either = np.logaddexp(active, np.where(some, gone, -np.inf)) - betaln(a, b)
    return float((_purchases(r, alpha, seen) + either).sum())


def _purchases(r: float, alpha: float, seen: Histories) -> np.ndarray:
    return np.asarray(gammaln(r + seen.repeats) - gammaln(r) + r * np.log(alpha))


def _unbroken(r: float, alpha: float, seen: Histories) -> np.ndarray:
    return np.asarray(-(r + seen.repeats) * np.log(alpha + seen.observed))


def fit_nbd(seen: Histories) -> tuple[tuple[float, float], float]:
    """Parameters (r, alpha) of largest likelihood, and the log-likelihood."""

    def loss(logs: np.ndarray) -> float:
        r, alpha = np.exp(logs)
        return -nbd_likelihood(r, alpha, seen)

    (r, alpha), fit = _largest(loss, (0.5, 5.0))
    return (r, alpha), fit


def fit_bg_nbd(seen: Histories) -> tuple[tuple[float, float, float, float], float]:
    """Parameters (r, alpha, a, b) of largest likelihood, and the log-likelihood."""

    def loss(logs: np.ndarray) -> float:
        r, alpha, a, b = np.exp(logs)
        return -bg_nbd_likelihood(r, alpha, a, b, seen)

    (r, alpha, a, b), fit = _largest(loss, (0.5, 5.0, 0.8, 2.5))
    return (r, alpha, a, b), fit


def _largest(
    loss: Callable[[np.ndarray], float], first: Sequence[float]
) -> tuple[list[float], float]:
    """Positive parameters with the least loss, and minus that loss."""
    found = minimize(
        loss, np.log(first), method="Nelder-Mead", bounds=[(-12.0, 12.0)] * len(first),
        options={"maxiter": 2000},
    )  # fmt: skip
    return np.exp(found.x).tolist(), -float(found.fun)


def expected_repeats(
    r: float, alpha: float, a: float, b: float, weeks: np.ndarray | float
) -> np.ndarray:
    """Repeat purchases of a new customer within some weeks under the BG/NBD (equation 9).

    Args:
        r, alpha, a, b: as for :func:`bg_nbd_likelihood`.
        weeks: since the first purchase, of any shape.
    """
    shrunk = (alpha / (alpha + weeks)) ** r * hyp2f1(r, b, a + b - 1.0, weeks / (alpha + weeks))
    return np.asarray((a + b - 1.0) / (a - 1.0) * (1.0 - shrunk))


def fit_dirichlet(purchases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Penetration and purchases per buyer of every brand under the Dirichlet, float64 [brand].

    The NBD of the category is fitted to mean purchases and the share of people without any, the
    brands' variation S to their penetrations by least squares.

    Args:
        purchases: counts [person, brand], every brand bought by somebody.

    Returns:
        NaN unless some people bought nothing, and more than if all bought at the same rate.
    """
    total, share = purchases.sum(axis=1), purchases.sum(axis=0) / purchases.sum()
    mean, none = float(total.mean()), float((total == 0).mean())
    if not np.exp(-mean) < none < 1.0:
        return np.full(len(share), np.nan), np.full(len(share), np.nan)
    k = brentq(lambda x: -x * np.log1p(mean / x) - np.log(none), 1e-6, 1e6)
    n = np.arange(int(nbinom.ppf(0.99999, k, k / (k + mean))) + 1)[:, None]
    chance = nbinom.pmf(n, k, k / (k + mean))

    def penetration(s: float) -> np.ndarray:
        rest = s * (1.0 - share)
        never = gammaln(rest + n) - gammaln(rest) + gammaln(s) - gammaln(s + n)
        return np.asarray(1.0 - (chance * np.exp(never)).sum(axis=0))

    seen = (purchases > 0).mean(axis=0)
    fit = minimize_scalar(
        lambda x: float(((penetration(np.exp(x)) - seen) ** 2).sum()), bounds=(-5.0, 7.0)
    )
    buyers = penetration(float(np.exp(fit.x)))
    return buyers, mean * share / buyers
