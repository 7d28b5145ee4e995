"""What is shown of a network's predictions, against ``network.predict`` of a network with the same parameters."""

from __future__ import annotations

import numpy as np
import pytest

import engine
from engine import Network, Trainer
from engine.losses import LOSSES
from engine.predictions import outcomes
from engine.predictions.pace import BUDGET, COARSEST, FINEST, Pace
from engine.predictions.predictor import MOST_POINTS, MOST_SHOWN, Predictor
from engine.project import change, replace_block
from engine.run.snapshot import Snapshot, take

TAIL = [{"kind": "dense", "units": 6}, {"kind": "tanh"}]
REGRESSION = {
    "kind": "table",
    "inputs": [[a / 7, b / 5, (a - b) / 9] for a in range(8) for b in range(6)],
    "targets": [[a * b / 35, (a + b) / 12] for a in range(8) for b in range(6)],
    "task": "regression",
    "validation": 0.25,
    "scaling": "standard",
}


def project_of(data, loss, outputs, *blocks, **training):
    chain = [*(blocks or TAIL), {"kind": "dense", "name": "last", "units": outputs}]
    return engine.load({"data": data, "chain": chain, "loss": loss, "training": {"seed": 3, **training}})


def trained(project, steps=30) -> tuple[Snapshot, Network]:
    """A run's snapshot, and a network of its own with the same numbers."""
    trainer = Trainer(project)
    trainer.run(steps)
    network = Network(project)
    network.load_state_dict(trainer.network.state_dict())
    return take(trainer, 1, 0.0), network


def loaded(snapshot) -> Predictor:
    predictor = Predictor()
    predictor.load(snapshot)
    return predictor


def softmax(y):
    e = np.exp(y - y.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


MOONS = project_of({"kind": "moons", "samples": 90}, {"kind": "binary_cross_entropy"}, 1)
BLOBS = project_of({"kind": "blobs", "classes": 4}, {"kind": "softmax_cross_entropy"}, 4)
IRIS = project_of({"kind": "iris", "scaling": "standard"}, {"kind": "softmax_cross_entropy"}, 3)
SINE = project_of({"kind": "sine"}, {"kind": "mean_squared_error"}, 1)
TABLE = project_of(REGRESSION, {"kind": "huber"}, 2)
DIGITS = project_of({"kind": "digits"}, {"kind": "softmax_cross_entropy"}, 10, {"kind": "flatten"}, *TAIL)


class TestForms:
    @pytest.mark.parametrize(
        ("project", "expected"),
        [
            (MOONS, ("plane", "confusion")),
            (IRIS, ("confusion",)),
            (SINE, ("curve", "fit")),
            (TABLE, ("fit",)),
            (DIGITS, ("samples", "confusion", "draw")),
        ],
    )
    def test_the_task_chooses(self, project, expected):
        assert outcomes.forms(project) == expected

    def test_two_inputs_and_two_values_are_compared_with_their_targets(self):
        data = {"kind": "table", "inputs": [[0, 1], [1, 2]], "targets": [[1, 2], [3, 4]], "task": "regression"}
        assert outcomes.forms(engine.load({"data": data})) == ("fit",)


class TestLosses:
    @pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
    def test_the_samples_losses_have_the_loss_as_their_mean(self, kind):
        rng = np.random.default_rng(0)
        single = kind().kind in ("binary_cross_entropy", "hinge")
        y = rng.normal(0, 2, (1 if single else 3, 40))
        t = np.eye(3)[rng.integers(0, 3, 40)].T
        t = t[:1] * 2 - 1 if kind().kind == "hinge" else t[: len(y)]
        each = kind().sample_losses(y, t)
        assert each.shape == (40,)
        assert each.mean() == pytest.approx(float(kind().value_and_gradient(y, t)[0]), rel=1e-12)
        alone = [float(kind().value_and_gradient(y[:, [k]], t[:, [k]])[0]) for k in range(40)]
        assert np.allclose(each, alone, rtol=1e-12)

    @pytest.mark.parametrize("kind", LOSSES, ids=lambda kind: kind.__name__)
    def test_shares_lie_between_0_and_1_and_favour_the_predicted_class(self, kind):
        loss, single = kind(), kind().kind in ("binary_cross_entropy", "hinge")
        y = np.random.default_rng(1).normal(0, 1, (50, 1 if single else 3))
        shares = loss.shares(y)
        assert shares.shape == (50, 2 if single else 3)
        assert ((shares >= 0) & (shares <= 1)).all()
        best = shares.max(axis=1)
        assert (shares[np.arange(50), loss.predicted_class(y)] == best).all()
        if loss.probabilistic:
            assert np.allclose(shares.sum(axis=1), 1)

    def test_probabilities_survive_large_outputs(self):
        losses = {kind().kind: kind() for kind in LOSSES}
        assert losses["binary_cross_entropy"].shares(np.array([[-800.0], [800.0]])).tolist() == [[1, 0], [0, 1]]
        assert losses["softmax_cross_entropy"].shares(np.array([[900.0, -900.0]])).tolist() == [[1, 0]]


class TestPlane:
    @pytest.mark.parametrize("project", [MOONS, BLOBS], ids=["two", "four"])
    def test_every_cell_is_what_the_network_predicts_at_its_middle(self, project):
        snapshot, network = trained(project)
        plane = loaded(snapshot).plane()
        side = len(plane.x)
        left, right, below, above = plane.edges
        assert np.allclose(np.diff(plane.x), (right - left) / side)
        assert plane.y[0] - below == pytest.approx((above - below) / side / 2)
        for row, column in ((0, 0), (side - 1, 0), (0, side - 1), (17, 31)):
            output = network.predict(np.array([[plane.x[column], plane.y[row]]]))
            assert plane.outputs[row, column] == pytest.approx(output[0].astype(float), abs=1e-5)
            if project is MOONS:
                p = 1 / (1 + np.exp(-float(output[0, 0])))
                assert plane.shares[row, column] == pytest.approx([1 - p, p], abs=1e-5)
                assert plane.predicted[row, column] == (p > 0.5)
            else:
                assert plane.shares[row, column] == pytest.approx(softmax(output)[0], abs=1e-5)
                assert plane.predicted[row, column] == output.argmax()

    def test_all_points_lie_inside_and_each_is_judged(self):
        snapshot, network = trained(MOONS)
        plane, parts = loaded(snapshot).plane(), engine.dataset(MOONS)
        judged = plane.judged
        assert len(judged) == judged.total == 90
        left, right, below, above = plane.edges
        assert ((judged.inputs > (left, below)) & (judged.inputs < (right, above))).all()
        for part, held in ((parts.train, False), (parts.validation, True)):
            mine = judged.held_out == held
            assert np.array_equal(judged.inputs[mine], part.inputs)
            assert np.array_equal(judged.numbers[mine], np.arange(len(part)))
            right_ones = (network.predict(part.inputs)[:, 0] > 0) == (part.targets[:, 0] > 0.5)
            assert np.array_equal(judged.wrong[mine], ~right_ones)

    def test_thousands_of_points_are_thinned_evenly_and_counted(self):
        many = project_of({"kind": "circles", "samples": 4000}, {"kind": "hinge"}, 1)
        judged = loaded(trained(many, 3)[0]).plane().judged
        assert (len(judged), judged.total) == (MOST_POINTS, 4000)
        assert 80 <= judged.held_out.sum() <= 120
        assert len({tuple(row) for row in judged.inputs}) == MOST_POINTS

    def test_one_value_has_the_scale_of_the_data(self):
        rows = [[a, 2 * b] for a in range(5) for b in range(5)]
        data = {"kind": "table", "inputs": rows, "targets": [a - b for a, b in rows], "task": "regression"}
        project = project_of(data, {"kind": "mean_squared_error"}, 1)
        snapshot, network = trained(project, 5)
        plane = loaded(snapshot).plane()
        assert plane.limit == 8
        assert plane.classes is plane.shares is plane.predicted is None
        assert plane.outputs[3, 4, 0] == pytest.approx(network.predict(np.array([[plane.x[4], plane.y[3]]]))[0, 0])

    def test_a_unit_is_seen_alone(self):
        snapshot, network = trained(MOONS)
        state = network.state_dict()
        predictor = loaded(snapshot)
        for block, act in (("dense_1", lambda z: z), ("tanh_1", np.tanh)):
            plane = predictor.plane((block, 4))
            z = state["dense_1.weight"][4] @ (plane.x[7], plane.y[11]) + state["dense_1.bias"][4]
            assert plane.outputs.shape[2] == 1
            assert plane.outputs[11, 7, 0] == pytest.approx(act(float(z)), abs=1e-5)
            assert plane.limit == np.abs(plane.outputs).max()
            assert plane.classes is None

    def test_a_unit_that_is_gone_is_refused(self):
        with pytest.raises(engine.ProjectError, match="no block tanh_9"):
            loaded(trained(MOONS, 0)[0]).plane(("tanh_9", 0))


class TestOthers:
    def test_the_curve_goes_through_the_networks_predictions(self):
        snapshot, network = trained(SINE)
        curve = loaded(snapshot).curve()
        assert np.allclose(curve.outputs, network.predict(curve.x[:, None]), atol=1e-5)
        assert curve.x[0] < curve.judged.inputs.min() < curve.judged.inputs.max() < curve.x[-1]
        assert np.allclose(curve.judged.outputs, network.predict(curve.judged.inputs), atol=1e-5)

    @pytest.mark.parametrize("project", [IRIS, DIGITS, MOONS], ids=["iris", "digits", "moons"])
    def test_the_confusion_counts_the_validation_part(self, project):
        snapshot, network = trained(project)
        confusion, part = loaded(snapshot).confusion(), engine.dataset(project).validation
        said, truth = network.predict(part.inputs), part.targets
        if project is MOONS:
            said, truth = np.hstack([-said, said]), part.targets[:, 0].astype(int)
        said = said.argmax(axis=1)
        for row in range(len(part.classes)):
            for column in range(len(part.classes)):
                members = np.flatnonzero((truth == row) & (said == column))
                assert confusion.counts[row, column] == len(members)
                assert set(confusion.judged.numbers[confusion.members(row, column)]) == set(members)
        assert confusion.accuracy == pytest.approx((said == truth).mean())
        assert np.allclose(confusion.row_shares.sum(axis=1), 1)

    def test_without_a_validation_part_the_training_part_is_counted(self):
        whole = change(IRIS, data=change(IRIS.data, validation=0.0))
        confusion = loaded(trained(whole, 5)[0]).confusion()
        assert confusion.counts.sum() == 150
        assert not confusion.judged.held_out.any()

    def test_the_worst_samples_come_first(self):
        snapshot, network = trained(DIGITS)
        judged, part = loaded(snapshot).samples().judged, engine.dataset(DIGITS).validation
        p = softmax(network.predict(part.inputs).astype(float))
        losses = -np.log(p[np.arange(len(part)), part.targets])
        assert len(judged) == MOST_SHOWN
        assert np.allclose(judged.losses, np.sort(losses)[::-1][:MOST_SHOWN], rtol=1e-4)
        assert np.allclose(judged.losses, losses[judged.numbers], rtol=1e-4)
        assert np.array_equal(judged.inputs, part.inputs[judged.numbers])
        assert np.array_equal(judged.truth, part.targets[judged.numbers])

    def test_predicted_against_true(self):
        snapshot, network = trained(TABLE)
        fit, parts = loaded(snapshot).fit(), engine.dataset(TABLE)
        scores = Trainer(TABLE)
        scores.network.load_state_dict(network.state_dict())
        wanted = scores.evaluate()
        assert fit.r2 == pytest.approx(wanted["r2"], abs=1e-5)
        assert fit.validation_r2 == pytest.approx(wanted["validation_r2"], abs=1e-5)
        assert np.allclose(fit.judged.outputs[fit.judged.held_out], network.predict(parts.validation.inputs), atol=1e-5)

    def test_a_drawn_picture_is_predicted_as_the_data_are_scaled(self):
        for scaling in ("none", "standard", "min_max"):
            project = change(DIGITS, data=change(DIGITS.data, scaling=scaling))
            snapshot, network = trained(project)
            parts = engine.dataset(project)
            ink = np.random.default_rng(2).random((8, 8))
            picture = ink[None] if parts.scaling is None else (ink - parts.scaling.offset) / parts.scaling.spread
            drawn = loaded(snapshot).drawn(ink)
            output = network.predict(picture[None]).astype(float)
            assert np.allclose(drawn.outputs, output[0], atol=1e-5)
            assert np.allclose(drawn.shares, softmax(output)[0], atol=1e-5)
            assert drawn.predicted == output.argmax()

    def test_only_classes_can_be_drawn(self):
        with pytest.raises(engine.ProjectError, match="classes"):
            loaded(trained(SINE, 0)[0]).drawn(np.zeros(1))


class TestOneAfterTheOther:
    def test_the_next_snapshot_is_predicted_with_its_own_numbers_chain_and_data(self):
        predictor = loaded(trained(MOONS, 1)[0])
        predictor.plane()
        wider = replace_block(MOONS, "dense_1", change(MOONS.block("dense_1"), units=9))
        other = change(wider, data=change(wider.data, noise=0.3))
        for project in (MOONS, wider, other, BLOBS):
            snapshot, network = trained(project, 12)
            predictor.load(snapshot)
            judged = predictor.plane().judged
            assert np.allclose(judged.outputs, network.predict(judged.inputs), atol=1e-5)
            train = engine.dataset(project).train.inputs
            assert np.array_equal(judged.inputs[~judged.held_out], train)

    def test_running_statistics_are_those_of_the_run(self):
        norm = project_of({"kind": "moons"}, {"kind": "binary_cross_entropy"}, 1, *TAIL, {"kind": "batch_norm"})
        snapshot, network = trained(norm, 40)
        judged = loaded(snapshot).plane().judged
        assert np.allclose(judged.outputs, network.predict(judged.inputs), atol=1e-5)


def test_a_picture_gets_coarser_when_it_costs_too_much_and_finer_when_there_is_time():
    pace = Pace()
    for _ in range(9):
        pace.took(2 * BUDGET)
    assert pace.side == COARSEST
    pace.took(BUDGET * 0.9)
    assert pace.side == COARSEST
    for _ in range(9):
        pace.took(BUDGET / 9)
    assert pace.side == FINEST
