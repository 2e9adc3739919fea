#!/usr/bin/env python3
"""A foreign client at the ports of a run, and no friend of it. Prints "at it" when it has been at all
ports, and goes on until it is ended.

    stranger.py ACT PORT... [--messages FILE] [--keys DIR --owners 0,1,collector --key NAME]

Acts:
    send     the messages of FILE, again and again: each a u32 number of parts, and each part a u32
             length and its bytes, little-endian
    garbage  bytes that are no ZeroMQ, and ZeroMQ messages of random parts
    lengths  parts that claim a gigabyte and more
    flood    tiny messages, as fast as they are taken
    endless  one message of parts without end

With --keys it speaks CURVE: DIR/public.yaml has the servers' keys, --owners says whose ports they are, and
NAME is the private key to use, such as node-002; `new` makes one.
"""

import argparse
import os
import pathlib
import random
import re
import socket
import struct
import time

import zmq

GREETING = b"\xff" + bytes(8) + b"\x7f\x03\x00NULL" + bytes(16) + bytes(32)
READY_BODY = b"\x05READY\x0bSocket-Type" + struct.pack(">I", 6) + b"DEALER"
READY = b"\x04" + bytes([len(READY_BODY)]) + READY_BODY
PIECE = 65536


def read_messages(path):
    data = pathlib.Path(path).read_bytes()
    at = 0

    def number():
        nonlocal at
        at += 4
        return struct.unpack_from("<I", data, at - 4)[0]

    messages = []
    while at < len(data):
        parts = []
        for _ in range(number()):
            size = number()
            parts.append(data[at : at + size])
            at += size
        messages.append(parts)
    return messages


def with_keys(dealer, options, place):
    folder = pathlib.Path(options.keys)
    listed = dict(re.findall(r'(\w+): "(.{40})"', (folder / "public.yaml").read_text()))
    owners = options.owners.split(",")
    dealer.curve_serverkey = listed[owners[place]].encode()
    if options.key == "new":
        dealer.curve_publickey, dealer.curve_secretkey = zmq.curve_keypair()
        return
    lines = (folder / f"{options.key}.key").read_text().split("\n")
    secret = next(line for line in lines if line and line[0] != "#").encode()
    dealer.curve_publickey, dealer.curve_secretkey = zmq.curve_public(secret), secret


class Dealers:
    """A connection to each port, which takes what it can and drops the rest."""

    def __init__(self, options):
        self.context = zmq.Context()
        self.dealers = []
        for place, port in enumerate(options.ports):
            dealer = self.context.socket(zmq.DEALER)
            dealer.linger = 0
            dealer.sndhwm = 1000
            dealer.reconnect_ivl = 20
            if options.keys:
                with_keys(dealer, options, place)
            dealer.connect(f"tcp://127.0.0.1:{port}")
            self.dealers.append(dealer)

    def send(self, parts):
        for dealer in self.dealers:
            try:
                dealer.send_multipart(parts, flags=zmq.NOBLOCK)
            except zmq.Again:
                pass


def connected(port):
    """A raw connection, as soon as somebody listens."""
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=20)
        except ConnectionRefusedError:
            time.sleep(0.01)


def shake_hands(raw):
    """libzmq takes nothing else before it has said READY itself."""
    raw.sendall(GREETING + READY)
    got = b""
    while len(got) < 66 or len(got) < 66 + got[65]:
        more = raw.recv(4096)
        if not more:
            raise OSError("no handshake")
        got += more


def say_raw(port, data, friendly=False):
    with connected(port) as raw:
        try:
            if friendly:
                shake_hands(raw)
            raw.sendall(data)
            raw.shutdown(socket.SHUT_WR)
            while raw.recv(4096):
                pass
        except OSError:
            pass


def send(options, dealers):
    for parts in read_messages(options.messages):
        dealers.send(parts)
    time.sleep(0.005)


def garbage(options, dealers):
    for port in options.ports:
        say_raw(port, b"GET / HTTP/1.1\r\nHost: hearsay\r\n\r\n" * 20)
        say_raw(port, os.urandom(5000))
        say_raw(port, os.urandom(2000), friendly=True)
    for _ in range(20):
        dealers.send([os.urandom(random.choice([0, 1, 64, 72, 5000])) for _ in range(random.randint(1, 40))])


def lengths(options, _):
    for port in options.ports:
        for claimed in (1 << 30, 1 << 40, (1 << 63) - 1):
            say_raw(port, b"\x02" + struct.pack(">Q", claimed) + bytes(1000), friendly=True)
            say_raw(port, b"\xff" + struct.pack(">Q", claimed) + bytes(1000))


def flood(_, dealers):
    for _ in range(1000):
        dealers.send([b"x"])


def endless(options, _):
    part = b"\x03" + struct.pack(">Q", PIECE) + bytes(PIECE)
    for port in options.ports:
        with connected(port) as raw:
            try:
                shake_hands(raw)
                for _ in range((1 << 30) // PIECE):
                    raw.sendall(part)
                print("nobody stopped it", flush=True)
            except OSError:
                pass


ACTS = {act.__name__: act for act in (send, garbage, lengths, flood, endless)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("act", choices=ACTS)
    parser.add_argument("ports", type=int, nargs="+")
    parser.add_argument("--messages")
    parser.add_argument("--keys")
    parser.add_argument("--key", default="new")
    parser.add_argument("--owners", help="of the ports, as public.yaml names them")
    options = parser.parse_args()
    for port in options.ports:
        connected(port).close()  # the port is there
    dealers = Dealers(options)
    act = ACTS[options.act]
    act(options, dealers)
    print("at it", flush=True)
    while True:
        act(options, dealers)


if __name__ == "__main__":
    main()
