"""What every room stands on: database, errors, clock, ids, money, secrets, logs."""
