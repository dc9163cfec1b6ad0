"""Looking at the drawn class: the same detector and network as for real faces."""

from __future__ import annotations

import time

import numpy as np

from fer.classroom.attention import attention
from fer.classroom.demo_story import STARTS_S, Story
from fer.dataset.drawn_class import PERSON_PX, TILE_WIDTH_PX, Pose, UInt8Array, draw_class, student_at, tile_at
from fer.faces.detect import Look
from fer.faces.pipeline import FaceAnalyzer
from fer.faces.scale import FloatArray

LOOK = Look(((736, 1.0),), 0.5)
"""All drawn faces are of one size, so one copy of the picture is enough."""

Sight = tuple[FloatArray, float | None]
"""Probabilities of a face, and how much it looks ahead."""


Known = dict[tuple[int, Pose], Sight]
"""What was read in drawings, by student and pose."""


def first_minutes() -> dict[int, dict[int, Pose]]:
    """Return who shows what in each second before the lesson's second 0; expressions change at once there."""
    story = Story()
    shown: dict[int, dict[int, Pose]] = {}
    for t_s in range(STARTS_S, 0):
        poses = ((student, story.pose(student, t_s)) for student in range(story.students))
        shown[t_s] = {student: Pose(pose.goal, pose.goal) for student, pose in poses if pose is not None}
    return shown


class DemoSight:
    """Looks at drawings of the class; one for each thread."""

    def __init__(self, analyzer: FaceAnalyzer, students: int):
        self.unsure_below = analyzer.classifier.unsure_below
        self._analyzer = analyzer
        self._students = students

    def look(self, image_bgr: UInt8Array) -> dict[int, Sight]:
        """Return what the network reads in each face, by the student in whose tile it was found."""
        found = self._analyzer.detector.detect(image_bgr, LOOK)
        moods = self._analyzer.classify(image_bgr, found)
        sights: dict[int, Sight] = {}
        for box, landmarks, mood in zip(found.boxes_xyxy, found.landmarks_xy, moods, strict=True):
            student = student_at(float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2, self._students)
            if student is not None and student not in sights:
                in_tile = landmarks - np.array(tile_at(student), np.float32)
                sights[student] = mood, attention(in_tile, (TILE_WIDTH_PX, PERSON_PX))
        return sights

    def look_at_first_minutes(self, rest_s: float = 0.0) -> Known:
        """Look at each drawing of the minutes before the lesson's second 0 once, a picture full at a time.

        Args:
            rest_s: Between two pictures, so that other work goes on.
        """
        poses = {(student, pose) for shown in first_minutes().values() for student, pose in shown.items()}
        waiting = {
            student: sorted((pose for who, pose in poses if who == student), key=str)
            for student in range(self._students)
        }
        sights: Known = {}
        while any(waiting.values()):
            shown = [waiting[student].pop() if waiting[student] else None for student in range(self._students)]
            for student, sight in self.look(draw_class(shown, 0.0)).items():
                pose = shown[student]
                if pose is not None:
                    sights[student, pose] = sight
            time.sleep(rest_s)
        return sights
