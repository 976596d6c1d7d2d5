"""Commands that people have run in a project, confined and under its rules, beside those that agents ran."""
