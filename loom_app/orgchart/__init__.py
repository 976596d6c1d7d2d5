"""The org chart: positions, how many may fill them, who reports to whom."""
