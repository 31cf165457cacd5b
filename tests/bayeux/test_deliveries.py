"""What waits and what is kept, in order and in bounds."""

import pytest

from tapestry.bayeux.deliveries import DeliveryQueue


def filled(*events, keeps=False):
    queue = DeliveryQueue()
    queue.keeps = keeps
    for event in events:
        queue.put(event, 10)
    return queue


def test_what_waits_is_taken_once_in_order():
    queue = filled("a", "b")
    assert (len(queue), queue.held, queue.size) == (2, 2, 20)
    assert queue.take() == ["a", "b"]
    assert queue.take() == []
    assert (len(queue), queue.held, queue.size) == (0, 0, 0)


class TestKept:
    def test_until_acknowledged_and_counted_all_the_while(self):
        queue = filled("a", "b", keeps=True)
        assert queue.take() == ["a", "b"]
        assert (len(queue), queue.held, queue.size, queue.batch) == (0, 2, 20, 1)
        queue.acknowledge(1)
        assert (queue.held, queue.size, queue.take()) == (0, 0, [])

    def test_and_sent_again_before_what_came_later(self):
        queue = filled("a", "b", keeps=True)
        queue.take()
        queue.put("c", 10)
        queue.acknowledge(0)
        assert queue.take() == ["a", "b", "c"]
        assert queue.size == 30

    def test_batch_by_batch(self):
        queue = filled("a", keeps=True)
        for event in "bc":
            queue.take()
            queue.put(event, 10)
        queue.acknowledge(1)
        assert queue.take() == ["b", "c"]
        assert (queue.batch, queue.size) == (3, 20)
        queue.acknowledge(2)
        assert queue.take() == ["b", "c"]

    def test_numbers_every_batch_even_an_empty_one(self):
        queue = filled(keeps=True)
        queue.take()
        queue.take()
        assert queue.batch == 2

    def test_counts_how_often_nothing_was_acknowledged(self):
        queue = filled("a", "b", keeps=True)
        for times in range(1, 4):
            queue.take()
            queue.acknowledge(0)
            assert queue.stalled == times
        queue.take()
        queue.acknowledge(4)
        assert queue.stalled == 0
        queue.acknowledge(4)
        assert queue.stalled == 0

    @pytest.mark.parametrize("batch", [-1, -1e300, 0, 0.5])
    def test_by_a_client_that_has_seen_nothing(self, batch):
        queue = filled("a", keeps=True)
        queue.take()
        queue.acknowledge(batch)
        assert queue.take() == ["a"]


def test_all_can_be_forgotten():
    queue = filled("a", keeps=True)
    queue.take()
    queue.put("b", 10)
    queue.clear()
    assert (len(queue), queue.held, queue.size) == (0, 0, 0)
