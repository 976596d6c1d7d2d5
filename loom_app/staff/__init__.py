"""The team as people see and run it: what each agent does with the evidence, what it waits for, how it goes."""
