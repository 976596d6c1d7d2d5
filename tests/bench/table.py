"""The figures of a benchmark run: printed as a table and written to build/bench.json."""

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path("build") / "bench.json"


@dataclass(frozen=True)
class Figure:
    """One measured value with its unit and the most it should be."""

    name: str
    value: float
    unit: str
    target: float

    @property
    def ok(self) -> bool:
        """Whether the target is met."""
        return self.value <= self.target


def show(figures: list[Figure]) -> str:
    """The table."""
    rows = [("figure", "value", "target", "unit", "")]
    rows += [
        (each.name, f"{each.value:,.1f}", f"{each.target:,.1f}", each.unit, "ok" if each.ok else "OVER")
        for each in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    lines = [
        f"{name:<{widths[0]}}  {value:>{widths[1]}}  {target:>{widths[2]}}  {unit:<{widths[3]}}  {word}".rstrip()
        for name, value, target, unit, word in rows
    ]
    return "\n".join(lines)


def save(figures: list[Figure], file: Path = FILE) -> None:
    """Writes `{"name": {"value", "unit", "target", "ok"}}`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    told = {
        each.name: {"value": round(each.value, 3), "unit": each.unit, "target": each.target, "ok": each.ok}
        for each in figures
    }
    file.write_text(json.dumps(told, indent=2) + "\n")


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of `values` lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
