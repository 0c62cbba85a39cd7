"""aiortc: WebRTC in Python, with its own ICE, OpenSSL's DTLS, PyAV's codecs."""
import asyncio
import fractions
import json
import math
import sys

import av
import numpy
from aiortc import (MediaStreamTrack, RTCPeerConnection,
                    RTCSessionDescription, VideoStreamTrack)
from counterpart import RATE, SECTIONS, Section, failed, say

PIECE = RATE // 50


class Whistle(MediaStreamTrack):
    kind = "audio"

    def __init__(self, tone):
        super().__init__()
        self.tone = tone
        self.at = 0
        self.begin = asyncio.get_running_loop().time()

    async def recv(self):
        loop = asyncio.get_running_loop()
        await asyncio.sleep(self.begin + self.at / RATE - loop.time())
        turn = 2 * math.pi * self.tone / RATE
        wave = 8000 * numpy.sin(turn * (self.at + numpy.arange(PIECE)))
        frame = av.AudioFrame.from_ndarray(
            wave.astype(numpy.int16).reshape(1, -1), layout="mono")
        frame.sample_rate = RATE
        frame.pts = self.at
        frame.time_base = fractions.Fraction(1, RATE)
        self.at += PIECE
        return frame


class Picture(VideoStreamTrack):
    """An edge that moves across a grey that wanders."""

    def __init__(self):
        super().__init__()
        self.turn = 0

    async def recv(self):
        pts, time_base = await self.next_timestamp()
        self.turn += 5
        row = (numpy.arange(320) + self.turn) % 320
        grey = numpy.where(row < 160, self.turn % 256, 40).astype(numpy.uint8)
        pixels = numpy.broadcast_to(grey[None, :, None], (240, 320, 3))
        frame = av.VideoFrame.from_ndarray(
            numpy.ascontiguousarray(pixels), format="bgr24")
        frame.pts, frame.time_base = pts, time_base
        return frame


class Peer:
    def __init__(self):
        self.pc = RTCPeerConnection()
        self.sections = [Section() for _ in SECTIONS]
        self.readers = []

    async def open(self, _):
        for kind, direction in SECTIONS:
            self.pc.addTransceiver(kind, direction=direction)
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return {"offer": self.pc.localDescription.sdp}

    async def take(self, fields):
        await self.pc.setRemoteDescription(
            RTCSessionDescription(fields["answer"], "answer"))
        for index, transceiver in enumerate(self.pc.getTransceivers()):
            if SECTIONS[index][1] == "recvonly":
                self.readers.append(asyncio.ensure_future(self.read(
                    transceiver.receiver.track, self.sections[index])))

    async def read(self, track, section):
        while True:
            frame = await track.recv()
            if track.kind == "video":
                section.frames += 1
            else:
                # Packed: the channels of a sample lie beside each other.
                samples = frame.to_ndarray().reshape(-1)
                samples = samples[::len(frame.layout.channels)]
                section.ear.hear(samples / 32768)

    async def send(self, fields):
        microphone, camera = self.pc.getTransceivers()[:2]
        microphone.sender.replaceTrack(Whistle(fields["tone"]))
        camera.sender.replaceTrack(Picture())

    async def counters(self, _):
        sent = 0
        for index, transceiver in enumerate(self.pc.getTransceivers()):
            for report in (await transceiver.sender.getStats()).values():
                if report.type == "outbound-rtp":
                    sent += report.packetsSent
            packets = 0
            for report in (await transceiver.receiver.getStats()).values():
                if report.type == "inbound-rtp":
                    packets += report.packetsReceived
            self.sections[index].packets = packets
        return {"sent": sent,
                "received": [section.counters() for section in self.sections]}


async def main():
    peer = Peer()
    loop = asyncio.get_running_loop()
    while True:
        line = await loop.run_in_executor(None, sys.stdin.readline)
        if not line:
            break
        fields = json.loads(line)
        try:
            say(await getattr(peer, fields["do"])(fields) or {})
        except Exception:
            say(failed())
    for reader in peer.readers:
        reader.cancel()
    await peer.pc.close()


asyncio.run(main())
