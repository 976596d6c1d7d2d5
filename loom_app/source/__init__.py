"""A project's repository as people see and change it: files, commits, branches, patches."""
