from twostream.report import choices


def test_what_the_folds_chose_is_told_in_words():
    choice = {"strategy": "weighted", "normalisation": {"a": "none", "b": "rank"}, "weights": {"a": 0.25, "b": 0.75}}
    other = choice | {"weights": {"a": 2.0, "b": 2.0}}
    differ = {"chosen": [choice | {"folds": 4}, other | {"folds": 1}]}
    assert choices.in_words("weighted", differ) == (
        "normalisation none : rank, weights differ by fold: 0.25 to 0.50 : 0.50 to 0.75"
    )
    none = choice | {"weights": {"a": 0.0, "b": 0.0}, "folds": 2}
    assert choices.in_words("weighted", {"chosen": [*differ["chosen"], none]}).endswith("0.00 to 0.50 : 0.00 to 0.75")
    same = {"chosen": [choice | {"folds": 7}]}
    assert choices.in_words("weighted", same) == "normalisation none : rank, 0.25 : 0.75 in all 7 folds"
    alone = {"chosen": [choice | {"folds": 1}]}
    assert choices.in_words("weighted", alone) == "normalisation none : rank, 0.25 : 0.75"
    ridges = [{"strategy": "stacked", "ridge": 1.0, "folds": 3}, {"strategy": "stacked", "ridge": 10.0, "folds": 1}]
    assert choices.in_words("stacked", {"chosen": ridges}) == "ridge 1 in 3 of 4 folds, other parameters in the rest"


def test_the_weights_of_a_blend_have_the_names_of_its_parts_and_not_the_order_of_the_streams():
    folds = [{"strategy": "blend", "weights": {"scales": 1.0, "stacked": weight}, "folds": 1} for weight in (1.0, 3.0)]
    assert choices.in_words("blend", {"chosen": folds}) == (
        "weights differ by fold: scales 0.25 to 0.50, stacked 0.50 to 0.75"
    )
    assert choices.in_words("best of all", {"chosen": folds}).startswith("blend, weights differ by fold: scales ")
    assert choices.in_words("best of all", {"chosen": folds[1:]}) == "blend, scales 1, stacked 3"


def test_strategies_are_told_with_their_folds():
    chosen = [{"strategy": "stacked", "ridge": ridge, "folds": 2} for ridge in (1.0, 10.0)]
    chosen.append({"strategy": "average", "folds": 3})
    assert choices.in_words("best of all", {"chosen": chosen}) == "stacked in 4 of 7 folds, average in 3"
    assert choices.most_chosen("best of all", {"chosen": chosen}) == "stacked"


def test_a_family_with_chosen_normalisation_has_another_name_than_the_fixed_rule():
    names = [choices.title("average", {}, selected_on) for selected_on in ("nothing", "leave-one-group-out")]
    assert names == ["average", "average, normalisation chosen"]
    assert choices.title("variance-based", {"over": "samples"}, "nothing") == "variance-based over samples"


def test_parameters_that_go_without_saying_are_left_out():
    assert choices.in_words("average", {}) == ""
    params = {"normalisation": {"a": "none", "b": "none"}, "pooling": "mean", "weights": {"a": 1.0, "b": 2.0}}
    assert choices.in_words("weighted", params) == "1 : 2"


def test_the_strategy_of_most_folds_is_named_where_strategies_were_chosen_from():
    chosen = [{"strategy": "max", "folds": 3}, {"strategy": "weighted", "folds": 1}]
    assert choices.most_chosen("best of all", {"chosen": chosen}) == "max"
    assert choices.most_chosen("max", {"chosen": chosen[:1]}) == ""


def test_fractions_add_up_to_one():
    assert choices.fractions({"weights": {"a": 1.0, "b": 3.0}}) == [0.25, 0.75]
    assert choices.fractions({}) is None
