"""A second opinion on XML documents: accepts what expat accepts, and says how it reads it.

stdin: batches. A batch is the number of documents and then each of them: kind (one octet), length, octets; numbers are
four octets, big-endian. stdout: a line for each document: the SHA-1 of its reading, or 'refused: ' and the reason.
"""

import hashlib
import struct
import sys
from xml.parsers import expat

KIND_PREFIX, KIND_STREAM, KIND_ELEMENT = 0, 1, 2
SEPARATOR = "\x01"
XML_LANG = "http://www.w3.org/XML/1998/namespace" + SEPARATOR + "lang"
HEADER = ("from", "to", "id", "version", XML_LANG)


class Reading:
    """Collects the reading of one document: the header's attributes, then every element inside of the root."""

    def __init__(self, is_stream):
        self.outside = 1 if is_stream else 0
        self.depth = 0
        self.parts = []
        self.text = []

    def flush(self):
        if self.text:
            self.parts.append("T" + "".join(self.text))
            self.text = []

    def start(self, name, attributes):
        self.flush()
        if self.depth < self.outside:
            self.parts.extend("H" + attributes.get(key, "\x03") for key in HEADER)
        else:
            self.parts.append("(" + name)
            self.parts.extend("A" + key + "\x01" + attributes[key] for key in sorted(attributes))
        self.depth += 1

    def end(self, _name):
        self.flush()
        self.depth -= 1
        if self.depth >= self.outside:
            self.parts.append(")")

    def data(self, text):
        if self.depth > self.outside:
            self.text.append(text)


def read(kind, document):
    reading = Reading(kind != KIND_ELEMENT)
    parser = expat.ParserCreate("UTF-8", SEPARATOR)
    parser.StartElementHandler = reading.start
    parser.EndElementHandler = reading.end
    parser.CharacterDataHandler = reading.data
    try:
        parser.Parse(document, kind != KIND_PREFIX)
    except expat.ExpatError as error:
        return "refused: %s" % error
    return hashlib.sha1("\x02".join(reading.parts).encode("utf-8")).hexdigest()


def number(stream):
    octets = stream.read(4)
    return struct.unpack(">I", octets)[0] if len(octets) == 4 else None


def main():
    source = sys.stdin.buffer
    while (count := number(source)) is not None:
        for _ in range(count):
            kind = source.read(1)[0]
            document = source.read(number(source))
            sys.stdout.write(read(kind, document) + "\n")
        sys.stdout.flush()


main()
