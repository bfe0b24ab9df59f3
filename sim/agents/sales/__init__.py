"""The sales force of a firm: reps, territories, leads, calls, and visits to stores."""
