"""Receivables: shares of the value that fell due."""

from __future__ import annotations

import numpy as np
import pytest

from sim.experiments.validation.measures import receivables
from sim.ledger import accounts as acc


def test_sales_paid_at_once_are_no_invoices(monkeypatch):
    booked = np.zeros((2, len(acc.ACCOUNTS)))
    booked[0, [acc.REVENUE, acc.CREDIT_SALES, acc.DUE]] = 150, 100, 130
    booked[0, [acc.PAST_DUE, acc.WRITTEN_OFF]] = 40, 2
    monkeypatch.setattr(receivables, "flows", lambda world: booked)
    assert receivables.late_payment(None) == (pytest.approx(0.5), pytest.approx(0.025))
