"""How much depends on the weights, and on what else was tried: the curve or triangle of weights, and the landscape."""

from collections.abc import Iterator, Sequence

from twostream.fusion.contract import CurvePoint, FusionRow, LandscapeCell
from twostream.report import choices, derive, plots
from twostream.report.contents import Report
from twostream.report.document import Plot
from twostream.report.plots import WeightPoint
from twostream.report.sections.columns import Content

WEIGHTED = "weighted"
"""The strategy that chooses weights of the scores as they are, which the curve shows."""
AVERAGE = "average"


def weights(report: Report) -> Content | None:
    """Return the plots of top-1 by weights (a curve of two streams, a map of three) and by all else that was tried."""
    curve, cells = report.get("curve", []), report.get("landscape", [])
    if not curve and not cells:
        return None
    return {
        "plot": _by_weights(report, curve) if curve else None,
        "peak": max((point["top1"] for point in curve), default=None),
        "landscape": _landscape(cells) if len(cells) > 1 else None,
        "highest": max((cell["top1"] for cell in cells), default=None),
        "combinations": report.get("combinations", 0),
    }


def _by_weights(report: Report, curve: Sequence[CurvePoint]) -> Plot:
    names = [row["stream"] for row in report["streams"]]
    top1 = [point["top1"] for point in curve]
    alt = f"Top-1 by the weights of {', '.join(names)}: between {min(top1):.1f} and {max(top1):.1f} %."
    if len(names) == 3:
        return Plot("weights", plots.ternary(curve, names), alt)
    points = [*_fixed_rules(report["fusion"]), *_selected(report, curve), _peak(curve)]
    caption = "The band is the 95 % interval of each weighting, over recordings."
    return Plot("weights", plots.weight_curve(curve, points, names), alt, caption if "ci95" in curve[0] else "")


def _landscape(cells: Sequence[LandscapeCell]) -> Plot:
    best = max(cells, key=lambda cell: cell["top1"])
    alt = (
        f"Top-1 of {len(cells)} pairs of strategy and normalisation; the highest is {best['top1']:.1f} %, "
        f"of {best['strategy']} with {best['normalisation']}."
    )
    return Plot("landscape", plots.landscape(cells), alt)


def _fixed_rules(rows: Sequence[FusionRow]) -> Iterator[WeightPoint]:
    """Yield the points of the curve that are rows of the table: the plain average and the fixed ratios."""
    for row in rows:
        fractions = choices.fractions(row["params"])
        if derive.is_fixed(row) and row["strategy"] == AVERAGE and len(row["streams"]) == 2:
            yield {"name": AVERAGE, "role": "average", "weight": 0.5, "top1": row["top1"]}
        elif derive.is_fixed(row) and fractions:
            yield {"name": row["strategy"], "role": "fixed ratio", "weight": fractions[0], "top1": row["top1"]}


def _selected(report: Report, curve: Sequence[CurvePoint]) -> Iterator[WeightPoint]:
    """Yield the weights that most folds chose, where the curve has them."""
    row = next((row for row in report["fusion"] if row["strategy"] == WEIGHTED and row["params"].get("chosen")), None)
    fractions = choices.fractions(row["params"]["chosen"][0]) if row else None
    if row and fractions:
        nearest = min(curve, key=lambda point: abs(point["weight"] - fractions[0]))
        name = f"weighted, in {row['params']['chosen'][0]['folds']} folds"
        yield {"name": name, "role": "chosen", "weight": nearest["weight"], "top1": nearest["top1"]}


def _peak(curve: Sequence[CurvePoint]) -> WeightPoint:
    best = max(curve, key=lambda point: (point["top1"], -abs(point["weight"] - 0.5)))
    return {"name": "oracle", "role": plots.ORACLE, "weight": best["weight"], "top1": best["top1"]}
