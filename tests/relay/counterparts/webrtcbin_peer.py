"""GStreamer's webrtcbin: libnice, GStreamer's own DTLS and RTP."""
import json
import sys
import threading

import gi
import numpy

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import Gst, GstSdp, GstWebRTC  # noqa: E402
from counterpart import RATE, SECTIONS, Section, failed, say  # noqa: E402

RTP = {
    "audio": "application/x-rtp,media=audio,encoding-name=OPUS,payload=96,"
             "clock-rate=48000,encoding-params=(string)2",
    "video": "application/x-rtp,media=video,encoding-name=VP8,payload=97,"
             "clock-rate=90000,rtcp-fb-nack=true,rtcp-fb-nack-pli=true",
}
# Nothing passes the valves before `send`, but what the packets will look like.
SOURCES = {
    "audio": f"audiotestsrc name=tone is-live=true volume=0.25 "
             f"! audio/x-raw,rate={RATE},channels=1 ! opusenc "
             f"! rtpopuspay pt=96 ! valve name=sound drop=true "
             f"drop-mode=forward-sticky-events",
    "video": "videotestsrc is-live=true pattern=ball "
             "! video/x-raw,width=320,height=240,framerate=20/1 "
             "! vp8enc deadline=1 keyframe-max-dist=1000 target-bitrate=300000 "
             "! rtpvp8pay pt=97 picture-id-mode=15-bit "
             "! valve name=picture drop=true drop-mode=forward-sticky-events",
}
DIRECTIONS = {
    "sendonly": GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY,
    "recvonly": GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY,
}
SINKS = {
    "audio": "rtpopusdepay ! opusdec ! audioconvert ! audioresample "
             f"! audio/x-raw,format=F32LE,channels=1,rate={RATE} "
             "! fakesink name=end sync=false",
    "video": "rtpvp8depay ! vp8dec ! fakesink name=end sync=false",
}


class Peer:
    def __init__(self):
        self.sections = [Section() for _ in SECTIONS]
        self.sent = 0
        self.described = threading.Semaphore(0)
        self.pipeline = Gst.Pipeline()
        self.bin = Gst.ElementFactory.make("webrtcbin")
        self.bin.set_property("bundle-policy", "max-bundle")
        self.bin.connect("pad-added", self.receive)
        self.pipeline.add(self.bin)

    def ask(self, verb, *arguments):
        """One of webrtcbin's actions, until it is done; what it replied."""
        promise = Gst.Promise.new()
        self.bin.emit(verb, *arguments, promise)
        if promise.wait() != Gst.PromiseResult.REPLIED:
            raise RuntimeError(f"{verb}: no reply")
        return promise.get_reply()

    def add_source(self, kind, index):
        """A sending section with its source: webrtcbin makes both at once."""
        source = Gst.parse_bin_from_description(SOURCES[kind], True)
        template = self.bin.get_pad_template("sink_%u")
        pad = self.bin.request_pad(template, f"sink_{index}",
                                   Gst.Caps.from_string(RTP[kind]))
        self.pipeline.add(source)
        source.get_static_pad("src").link(pad)
        pad.add_probe(Gst.PadProbeType.BUFFER, self.count_sent)
        pad.add_probe(Gst.PadProbeType.EVENT_DOWNSTREAM, self.note_caps)
        return pad.get_property("transceiver")

    def add_section(self, index, kind, direction):
        if index < 2:
            transceiver = self.add_source(kind, index)
            transceiver.set_property("direction", DIRECTIONS[direction])
        else:
            transceiver = self.bin.emit("add-transceiver",
                                        DIRECTIONS[direction],
                                        Gst.Caps.from_string(RTP[kind]))
        transceiver.set_property("do-nack", kind == "video")

    def note_caps(self, pad, info):
        if info.get_event().type == Gst.EventType.CAPS:
            self.described.release()
        return Gst.PadProbeReturn.OK

    def count_sent(self, pad, info):
        self.sent += 1
        return Gst.PadProbeReturn.OK

    def open(self, _):
        for index, (kind, direction) in enumerate(SECTIONS):
            self.add_section(index, kind, direction)
        self.pipeline.set_state(Gst.State.PLAYING)
        # The offer names the SSRCs, which the sources choose when they start.
        for _ in range(2):
            self.described.acquire()
        reply = self.ask("create-offer", None)  # owns the offer
        offer = reply.get_value("offer")
        self.ask("set-local-description", offer)
        return {"offer": offer.sdp.as_text()}

    def take(self, fields):
        _, sdp = GstSdp.SDPMessage.new_from_text(fields["answer"])
        self.ask("set-remote-description",
                 GstWebRTC.WebRTCSessionDescription.new(
                     GstWebRTC.WebRTCSDPType.ANSWER, sdp))

    def receive(self, _, pad):
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        index = pad.get_property("transceiver").get_property("mlineindex")
        section, (kind, _) = self.sections[index], SECTIONS[index]
        sink = Gst.parse_bin_from_description(SINKS[kind], True)

        def count(*_):
            section.packets += 1
            return Gst.PadProbeReturn.OK

        def take_decoded(_, info):
            if kind == "video":
                section.frames += 1
            else:
                buffer = info.get_buffer()
                bytes_ = buffer.extract_dup(0, buffer.get_size())
                section.ear.hear(numpy.frombuffer(bytes_, numpy.float32)
                                 .astype(float))
            return Gst.PadProbeReturn.OK

        pad.add_probe(Gst.PadProbeType.BUFFER, count)
        sink.get_by_name("end").get_static_pad("sink").add_probe(
            Gst.PadProbeType.BUFFER, take_decoded)
        self.pipeline.add(sink)
        sink.sync_state_with_parent()
        pad.link(sink.get_static_pad("sink"))

    def send(self, fields):
        by_name = self.pipeline.get_by_name
        by_name("tone").set_property("freq", fields["tone"])
        by_name("sound").set_property("drop", False)
        by_name("picture").set_property("drop", False)

    def counters(self, _):
        return {"sent": self.sent,
                "received": [section.counters() for section in self.sections]}


Gst.init(None)
peer = Peer()
for line in sys.stdin:
    asked = json.loads(line)
    try:
        say(getattr(peer, asked["do"])(asked) or {})
    except Exception:
        say(failed())
peer.pipeline.set_state(Gst.State.NULL)
