"""Requests of visitors who wait hold decoded pages and recordings: there is room for so many bytes of them."""

import numpy as np
import pytest

from models.contracts.read import ReadRequest
from models.contracts.transcribe import TranscribeRequest
from models.engine import EngineBusy, LocalEngine
from scoreweb.settings import Settings
from scoreweb.waiting_room import WaitingRoom, bytes_in
from tests.engine_services import Gated, Question, eventually


def test_arrays_are_counted_wherever_they_are():
    page = np.zeros((20, 10), np.uint8)
    assert bytes_in(ReadRequest((page, page))) == 400
    assert bytes_in(TranscribeRequest(np.zeros(100, np.float32), 44_100, "auto", "")) == 400
    assert bytes_in((b"abc", "text", None, 4)) == 3


def test_who_finds_no_room_is_told_and_room_is_given_back():
    room = WaitingRoom(100)
    with room.room_for(b"x" * 60):
        with room.room_for(b"x" * 40), pytest.raises(EngineBusy), room.room_for(b"x"):
            pass
        with room.room_for(b"x" * 40):
            pass
    assert room._held == 0


def test_whoever_is_alone_finds_room_for_anything():
    room = WaitingRoom(100)
    with room.room_for(b"x" * 1000), pytest.raises(EngineBusy), room.room_for(b"x"):
        pass
    assert room._held == 0


def test_fifty_who_come_in_the_same_second_are_served_in_their_order():
    service = Gated()
    with LocalEngine([service], queue_size=Settings().engine_queue) as engine:
        tickets = [engine.submit("gated", Question(str(number))) for number in range(50)]
        eventually(lambda: [ticket.position for ticket in tickets] == list(range(50)))
        assert tickets[20].cancel()
        eventually(lambda: tickets[21].position == 20)
        service.gate.set()
        tickets[-1].result()
    assert service.entered == [str(number) for number in range(50) if number != 20]
