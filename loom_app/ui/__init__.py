"""What people see: theme, shell and pages."""
