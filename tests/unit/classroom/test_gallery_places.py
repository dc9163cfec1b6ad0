"""Places on a shared screen: stable numbers for faces that flicker, leave, come back and are laid out anew."""

from __future__ import annotations

import numpy as np
import pytest

from fer.classroom.gallery_places import FIRM_S, KEPT_S, GalleryPlaces, Place
from fer.faces.pipeline import Face
from fer.faces.track import TrackedFace

MOOD = np.array([0.0, 0.0, 0.0, 0.9, 0.0, 0.0, 0.1], np.float32)


def face(track: int, x: int, y: int, side: int = 40) -> TrackedFace:
    return TrackedFace(track, Face((x, y, side, side), 0.9, MOOD, 0.5), MOOD)


def grid(first_track: int = 1, count: int = 25, dx: int = 0) -> list[TrackedFace]:
    return [face(first_track + n, 100 * (n % 5) + dx, 100 * (n // 5)) for n in range(count)]


def settled(places: GalleryPlaces, faces: list[TrackedFace], start_s: float = 0.0) -> list[Place]:
    places.update(faces, start_s)
    found = places.update(faces, start_s + FIRM_S)
    assert all(place is not None and place.number for place in found)
    return [place for place in found if place is not None]


def numbers(places: list[Place | None]) -> list[int]:
    return [place.number if place is not None else 0 for place in places]


@pytest.mark.parametrize("count", [1, 25, 50])
def test_each_face_has_a_place_of_its_own(count: int) -> None:
    places = settled(GalleryPlaces(), grid(count=count))
    assert sorted(place.number for place in places) == list(range(1, count + 1))


def test_what_flickers_gets_no_number_and_takes_nobody_s() -> None:
    places = GalleryPlaces()
    first = settled(places, grid(count=3))
    flicker = places.update([*grid(count=3), face(99, 700, 700)], 2.0)[-1]
    assert flicker is not None and flicker.number == 0
    places.update(grid(count=3), 8.0)
    later = settled(places, [*grid(count=3), face(100, 480, 0)], 9.0)
    assert [place.number for place in later] == [*(place.number for place in first), 4]


@pytest.mark.parametrize("apart_s", [0.25, 1.0, 4.0, 20.0, 100.0])
def test_people_are_counted_however_seldom_a_picture_is_looked_at(apart_s: float) -> None:
    places = GalleryPlaces()
    for picture in range(9):
        # So far apart every face is of a new track.
        found = places.update(grid(first_track=1 + 25 * picture), picture * apart_s)
    assert numbers(found) == list(range(1, 26))
    # What is seen once is nobody.
    for picture in range(9, 18):
        flicker = [face(1000, 700, 700)] if picture == 9 else []
        found = places.update([*grid(first_track=1 + 25 * picture), *flicker], picture * apart_s)
    assert max(place.number for place in places.places) == 25
    assert numbers(found[:25]) == list(range(1, 26))


def test_a_face_that_was_lost_comes_back_to_its_place_under_another_track() -> None:
    places = GalleryPlaces()
    before = settled(places, grid())
    without = [one for n, one in enumerate(grid()) if n != 12]
    places.update(without, 2.0)
    places.update(without, 30.0)
    # A little aside, as somebody who sat down again.
    back = places.update([*without, face(77, 212, 206)], 40.0)
    assert back[-1] is before[12]


def test_a_stranger_far_from_every_lost_place_gets_a_new_one() -> None:
    places = GalleryPlaces()
    settled(places, grid(count=4))
    rest = grid(count=3)
    later = settled(places, [*rest, face(50, 100, 400)], 20.0)
    assert later[-1].number == 5


def test_a_place_is_given_up_in_the_end() -> None:
    places = GalleryPlaces()
    settled(places, grid(count=2))
    for time_s in range(5, int(KEPT_S) + 10, 5):
        places.update(grid(count=1), time_s)
    assert settled(places, [*grid(count=1), face(9, 100, 0)], KEPT_S + 11)[-1].number == 3


def test_a_call_that_is_laid_out_anew_counts_nobody_twice() -> None:
    places = GalleryPlaces()
    settled(places, grid())
    anew = [face(200 + n, 130 * (n % 6) + 40, 130 * (n // 6) + 55) for n in range(24)]
    found = places.update(anew, 2.0)
    assert sorted(numbers(found)) == sorted(set(numbers(found))) and 0 not in numbers(found)
    assert max(numbers(found)) <= 25 and len(places.places) == 25


def test_places_follow_faces_that_move_with_the_window() -> None:
    places = GalleryPlaces()
    before = settled(places, grid())
    for step in range(20):
        after = places.update(grid(dx=20 * step), 2.0 + step)
    assert after == before


def test_more_faces_than_places_are_only_counted() -> None:
    places = GalleryPlaces(most=4)
    found = places.update(grid(count=7), 0.0)
    assert found.count(None) == 3 and places.too_many == 3
    assert len(places.places) == 4


def test_nobody_in_view_is_nobody() -> None:
    places = GalleryPlaces()
    assert places.update([], 0.0) == []
    settled(places, grid(count=2), 1.0)
    assert places.update([], 4.0) == [] and len(places.places) == 2
