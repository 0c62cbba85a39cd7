"""What the counterparts in Python share; the lines they take are described in
lines.mjs."""
import json
import math
import sys
import traceback

import numpy

# The page's layout (docs/relay-control.md), without the sections at the end
# that two people do not need.
SECTIONS = [
    ("audio", "sendonly"), ("video", "sendonly"), ("video", "sendonly"),
    ("audio", "recvonly"),
    ("audio", "recvonly"), ("video", "recvonly"),
    ("audio", "recvonly"), ("video", "recvonly"),
]
RATE = 48000
TONES = [440, 587, 784, 1047]


class Ear:
    """Keeps the last fifth of a second of what was decoded, and its whole
    energy. Samples are mono, from -1 to 1, at RATE."""

    def __init__(self):
        self.energy = 0.0
        self.recent = numpy.zeros(0)

    def hear(self, samples):
        self.energy += float(numpy.sum(samples ** 2)) / RATE
        self.recent = numpy.concatenate([self.recent, samples])[-RATE // 5:]

    def tone(self):
        """The one of the tones that has more than half of the power, or 0."""
        power = float(numpy.sum(self.recent ** 2))
        at = numpy.arange(len(self.recent))
        for tone in TONES:
            wave = numpy.exp(2j * math.pi * tone / RATE * at)
            found = abs(numpy.dot(self.recent, wave)) ** 2
            if power > 0 and 2 * found / len(at) > power / 2:
                return tone
        return 0


class Section:
    """What came in by one section."""

    def __init__(self):
        self.packets = 0
        self.frames = 0
        self.ear = Ear()

    def counters(self):
        return {"packets": self.packets, "frames": self.frames,
                "energy": self.ear.energy, "tone": self.ear.tone()}


def say(words):
    sys.stdout.write(json.dumps(words) + "\n")
    sys.stdout.flush()


def failed():
    """What a verb says when it raised: the test shows it."""
    return {"failed": traceback.format_exc()}
