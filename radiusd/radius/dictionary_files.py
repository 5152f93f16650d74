"""Dictionary files in FreeRADIUS's format: what each line defines.

Read as FreeRADIUS 3.2 reads them: words, types, vendors and names in any case, blocks that a file leaves open end with it.
What would be passed over in silence, or read as something else, is a fault at its FILE:LINE.

Source: dictionary(5) of FreeRADIUS 3.2.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NamedTuple

from config.faults import Fault, Place, fault, nearest
from radiusd.radius.dictionary_words import NotRead, counted, flags_of, kind_of, name_of, number_of, shown
from radiusd.radius.values import Attribute

OF_FREERADIUS_4 = {"ALIAS", "BEGIN", "DEFINE", "END", "ENUM", "MEMBER", "PROTOCOL-ALIAS", "STRUCT"}
EXTENDED = range(241, 247)  # RFC 6929
OTHER_FORM = "has another form than RFC 2865's, which is not supported"
WIRE = "format=1,1"  # one octet of type and one of length (RFC 2865 section 5.26)
FORMAT = re.compile(r"format=[124],[012](,c)?")
WHOLE_NUMBER = re.compile(r"0x[0-9a-f]{1,16}|-?[0-9]{1,20}", re.IGNORECASE)
MOST_FAULTS = 10  # of one file, which is no dictionary then


class Definition(NamedTuple):
    """An ATTRIBUTE line; `unsupported` says why its values have no form here, and is empty where they have one."""

    place: Place
    attribute: Attribute
    unsupported: str


class Value(NamedTuple):
    """A VALUE line."""

    place: Place
    attribute: str
    name: str
    number: int


@dataclass(slots=True)
class Vendor:
    """A vendor by the name that stands in VENDOR."""

    name: str
    number: int
    wire: str = WIRE


@dataclass(slots=True)
class Block:
    """Where a line stands: in the block of a vendor, of TLVs, of what is not sent."""

    vendor: Vendor | None = None
    extended: bool = False  # the vendor's attributes of RFC 6929
    internal: bool = False
    boxes: list[str] = field(default_factory=list)  # names of the TLVs that are open


class Line(NamedTuple):
    """Its words, and where it stands; `outer` are the files that are open."""

    file: Path
    place: Place
    words: list[str]
    block: Block
    outer: tuple[Path, ...]


class DictionaryFiles:
    """What files define, in their order. `faults` is empty where all of it could be read."""

    def __init__(self) -> None:
        self.definitions: list[Definition] = []
        self.values: list[Value] = []
        self.faults: list[Fault] = []
        self._vendors: dict[str, Vendor] = {}
        self._boxes: dict[str, tuple[int, ...]] = {}  # TLVs by name, and what a number within them stands behind
        # TLVs by number, and why they are not supported.
        self._forms: dict[tuple[int, tuple[int, ...]], str] = {(0, (number,)): OTHER_FORM for number in EXTENDED}

        self._kinds_of_line: dict[str, Callable[[Line], None]] = {
            "ATTRIBUTE": self._attribute,
            "VALUE": self._value,
            "VENDOR": self._vendor,
            "BEGIN-VENDOR": self._begin_vendor,
            "END-VENDOR": self._end_vendor,
            "BEGIN-TLV": self._begin_tlv,
            "END-TLV": self._end_tlv,
            "FLAGS": self._set_flags,
            "$INCLUDE": self._include,
            "$INCLUDE-": self._include,
            "PROTOCOL": self._protocol,
            "BEGIN-PROTOCOL": self._protocol,
            "END-PROTOCOL": self._protocol,
        }

    def read(self, file: Path) -> None:
        """Adds a file and what it includes; what is wrong with it is added to `faults`."""
        self._read(file, Place(str(file), 1, 1), Block(), ())

    def _read(self, file: Path, asked: Place, block: Block, outer: tuple[Path, ...]) -> None:
        try:
            path = file.resolve()
            lines = _lines(file)
        except OSError as error:
            why = error.strerror or str(error)
            self.faults.append(fault(asked, why if asked.file == str(file) else f"{file}: {why}"))
            return
        if path in outer:
            self.faults.append(fault(asked, f"{file} includes itself"))
            return
        wrong = 0
        for number, text in enumerate(lines, 1):
            words = text.partition("#")[0].split()
            if not words:
                continue
            line = Line(file, Place(str(file), number, 1), words, block, (*outer, path))
            try:
                self._take(line)
            except NotRead as error:
                self.faults.append(fault(line.place, str(error)))
                wrong += 1
            if wrong == MOST_FAULTS:
                self.faults.append(fault(line.place, "there are more faults; is this a dictionary at all?"))
                return

    def _take(self, line: Line) -> None:
        word = line.words[0].upper()
        take = self._kinds_of_line.get(word)
        if take is not None:
            take(line)
            return
        if word in OF_FREERADIUS_4:
            raise NotRead(f"`{word}` is of FreeRADIUS 4, and is not read here; take the file of FreeRADIUS 3.2")
        near = nearest(word, self._kinds_of_line)
        hint = f"; did you mean `{near}`?" if near else ""
        raise NotRead(f"`{shown(line.words[0])}` begins no line of a dictionary{hint}")

    def _include(self, line: Line) -> None:
        counted(line.words, (2,), "a file")
        inner = line.file.parent / line.words[1]
        if not line.words[0].endswith("-") or inner.exists():
            block = replace(line.block, boxes=list(line.block.boxes))  # what it leaves open ends with it
            self._read(inner, line.place, block, line.outer)

    def _begin_vendor(self, line: Line) -> None:
        counted(line.words, (2, 3), "a vendor")
        options = [word.lower() for word in line.words[2:]]
        if options and not options[0].startswith(("format=", "parent=")):
            raise NotRead(f"`{shown(line.words[2])}` is no option of BEGIN-VENDOR")
        line.block.vendor, line.block.extended = self._vendor_called(line.words[1]), bool(options)

    def _end_vendor(self, line: Line) -> None:
        counted(line.words, (2,), "a vendor")
        begun = line.block.vendor
        if begun is not self._vendor_called(line.words[1]):
            raise NotRead(f"`{line.words[1]}` is not begun" + (f"; `{begun.name}` is" if begun else ""))
        line.block.vendor, line.block.extended = None, False

    def _begin_tlv(self, line: Line) -> None:
        counted(line.words, (2,), "a TLV")
        if line.words[1].lower() not in self._boxes:
            raise NotRead(f"there is no TLV `{shown(line.words[1])}` above")
        line.block.boxes.append(line.words[1].lower())

    def _end_tlv(self, line: Line) -> None:
        counted(line.words, (2,), "a TLV")
        if line.block.boxes[-1:] != [line.words[1].lower()]:
            raise NotRead(f"`{shown(line.words[1])}` is not begun")
        line.block.boxes.pop()

    def _set_flags(self, line: Line) -> None:
        if [word.lower() for word in line.words[1:]] not in (["internal"], ["!internal"]):
            raise NotRead("only `FLAGS internal` and `FLAGS !internal` are known")
        line.block.internal = not line.words[1].startswith("!")

    def _protocol(self, line: Line) -> None:
        if len(line.words) < 2 or line.words[1].upper() != "RADIUS":
            raise NotRead("this is of another protocol than RADIUS")

    def _vendor(self, line: Line) -> None:
        words = line.words
        counted(words, (3, 4), "a name and a number")
        name, number = name_of(words[1]), number_of(words[2], f"`{shown(words[2])}` is no number of a vendor")
        known = self._vendors.get(name.lower())
        if known is not None and known.number != number:
            raise NotRead(f"the vendor `{known.name}` has the number {known.number} already")
        wire = words[3].lower() if len(words) == 4 else WIRE
        if not FORMAT.fullmatch(wire):
            raise NotRead(f"`{shown(words[3])}` is no format of a vendor's attributes; write for example `{WIRE}`")
        if known is not None:
            known.wire = wire
        else:
            self._vendors[name.lower()] = Vendor(name, number, wire)

    def _vendor_called(self, name: str) -> Vendor:
        vendor = self._vendors.get(name.lower())
        if vendor is None:
            near = nearest(name, (known.name for known in self._vendors.values()))
            hint = f"did you mean `{near}`?" if near else "write `VENDOR NAME NUMBER` first"
            raise NotRead(f"there is no vendor `{shown(name)}` above; {hint}")
        return vendor

    def _attribute(self, line: Line) -> None:
        words, block = line.words, line.block
        counted(words, (4, 5), "a name, a number and a type; flags may follow")
        name, number = name_of(words[1]), words[2]
        vendor, flags = block.vendor, set[str]()
        if len(words) == 5:
            old = self._vendors.get(words[4].lower())  # as files were written before there was BEGIN-VENDOR
            vendor, flags = (old, flags) if old is not None else (vendor, flags_of(words[4]))
        written = tuple(
            number_of(part, f"`{shown(number)}` is no number of an attribute; write for example 5, 0x05 or 5.1")
            for part in number.split(".")
        )
        codes = (*(self._boxes[block.boxes[-1]] if block.boxes else ()), *written)
        kind, unsupported = kind_of(words[3])
        of = vendor.number if vendor else 0
        unsupported = unsupported or self._why_not(of, codes, block, vendor, flags)
        if not unsupported and (len(codes) > 2 or (len(codes) == 2 and kind == "tlv")):
            unsupported = "is of a TLV within a TLV, which is not supported"
        if kind == "tlv" or unsupported:
            self._boxes[name.lower()] = codes
            self._forms[of, codes] = unsupported
        code, inner = (codes[0], codes[1] if len(codes) > 1 else 0)
        made = Attribute(name, of, code, inner, kind, "has_tag" in flags, "encrypt" in flags, {}, {})
        self.definitions.append(Definition(line.place, made, unsupported))

    def _why_not(self, of: int, codes: tuple[int, ...], block: Block, vendor: Vendor | None, flags: set[str]) -> str:
        """Why such an attribute is not supported; empty where it is."""
        if block.internal or flags & {"internal", "virtual"} or (vendor is None and len(codes) == 1 and codes[0] > 255):
            return "is not sent in packets: it is FreeRADIUS's own"
        if block.extended or (vendor is not None and vendor.wire != WIRE):
            return OTHER_FORM
        if max(codes) > 255:
            raise NotRead(f"{max(codes)} is over 255, the last number of an attribute")
        if flags & {"array", "long"}:
            return "has several values in one, which is not supported"
        if len(codes) == 1:
            return ""
        outer = self._forms.get((of, codes[:-1]))
        if outer is None:
            raise NotRead(f"there is no TLV {'.'.join(map(str, codes[:-1]))} above that this could be in")
        return outer

    def _value(self, line: Line) -> None:
        words = line.words
        counted(words, (4,), "an attribute, a name and a number")
        if not WHOLE_NUMBER.fullmatch(words[3]):
            raise NotRead(f"`{shown(words[3])}` is no number")
        self.values.append(
            Value(
                line.place,
                name_of(words[1]),
                name_of(words[2]),
                int(words[3], 16 if words[3][:2].lower() == "0x" else 10),
            )
        )


def _lines(file: Path) -> list[str]:
    """Raises OSError; for what is no file too: a FIFO would be waited for without end, and a device read without."""
    if file.exists() and not (file.is_file() or file.is_dir()):
        raise OSError(errno.EINVAL, "it is no file")
    return file.read_text(errors="replace").splitlines()
