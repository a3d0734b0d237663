"""Files with damage: bytes of a right file changed by a program, which is bytes too.

A program is what hypothesis or a fuzzer chooses. Each step of it takes five bytes: what to do,
where (two bytes, as a share of the file), and two more. Damage to a member of a zip file is put
under right check sums, so that what reads the member sees it.
"""

from __future__ import annotations

import io
import struct
import zipfile

INTERESTING = (
    b"\0",
    b"\xff",
    b"\x7f\xff\xff\xff",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0\0\0\0\x80",
    b"PK",
)


def damage(whole: bytes, program: bytes) -> bytes:
    """Apply the program's steps to the bytes."""
    data = bytearray(whole)
    for step in range(0, len(program) - 4, 5):
        kind, place, value = struct.unpack("<BHH", program[step : step + 5])
        at = place * len(data) // 65_536
        match kind % 6:
            case 0:
                data[at : at + 1] = bytes([value & 255])
            case 1 if data:
                data[at : at + 1] = bytes([data[at] ^ (1 << value % 8)])
            case 2:
                put = INTERESTING[value % len(INTERESTING)]
                data[at : at + len(put)] = put
            case 3:
                del data[at : at + value % 64]
            case 4:
                data[at:at] = data[at : at + value % 512]
            case 5 if value % 8 == 0:
                del data[at:]
    return bytes(data)


def damage_zip(whole: bytes, program: bytes) -> bytes:
    """Damage one member of the file, and correct its check sum."""
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    name = sorted(members)[program[0] % len(members)] if program else ""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for member, data in members.items():
            archive.writestr(member, damage(data, program[1:]) if member == name else data)
    return made.getvalue()
