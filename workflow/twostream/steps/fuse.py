"""Fuse the streams' scores in every way that is known, and say how good each is."""

from twostream import atomic, fusion, logits, metrics, provenance
from twostream.steps import named_paths, parser, run


def main() -> None:
    made = parser(__doc__)
    made.add_argument("--logits", nargs="+", required=True, metavar="STREAM=FILE")
    arguments = made.parse_args()
    files = named_paths(arguments.logits)
    settings = arguments.settings
    provenance.check(*files.values())
    bootstrap = fusion.Bootstrap(settings["resamples"], settings["seed"])
    with provenance.recorded("fuse", arguments.out, settings, list(files.values())):
        streams = {name: logits.read(file) for name, file in files.items()}
        test = fusion.gather(streams, settings["normalisation"], files)
        candidates = fusion.search(test, settings["step"])
        classes = len(test.class_name)
        found = {
            "streams": list(fusion.stream_rows(test, bootstrap)),
            "fusion": list(fusion.fusion_rows(test, candidates, bootstrap)),
            "class_names": list(test.class_name),
            "confusion": {
                "fused": metrics.confusion(candidates[0].predicted, test.labels, classes).tolist(),
                **{
                    name: metrics.confusion(scores.argmax(axis=1), test.labels, classes).tolist()
                    for name, scores in zip(test.streams, test.scores, strict=True)
                },
            },
        }
        atomic.write_json(arguments.out, found)


if __name__ == "__main__":
    run(main)
