"""The ledger: what every call to a model may cost before it is made and did cost after it, under which ceilings."""
