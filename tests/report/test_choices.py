from twostream.report import choices


def test_the_most_frequent_choice_of_the_folds_is_named():
    choice = {"strategy": "weighted", "normalisation": {"a": "none", "b": "rank"}, "weights": {"a": 0.25, "b": 0.75}}
    chosen = [choice | {"folds": 4}, choice | {"folds": 1}, choice | {"folds": 2}]
    assert choices.in_words("weighted", {"chosen": chosen}) == "none : rank, 0.25 : 0.75 in 4 folds; 2 more choices"
    assert choices.in_words("weighted", {"chosen": chosen[:2]}).endswith("in 4 folds; 1 more choice")
    assert choices.in_words("weighted", {"chosen": chosen[:1]}).endswith("in 4 folds")


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
