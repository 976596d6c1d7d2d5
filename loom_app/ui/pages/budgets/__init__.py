"""Budgets: what may be spent, what is, and what models cost."""
