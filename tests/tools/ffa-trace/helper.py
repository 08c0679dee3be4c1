#!/usr/bin/env python3
"""helper.py WHAT ...: what tests/tools/test-ffa-trace needs beside a shell.

dump LOG OUT [torn | foreign]   memory with rings, of a capture's records
json FILE                       the story as objects: are they right?
picture FILE...                 the story as SVG or HTML: is it all there?
worlds FILE                     the SVG of tools/examples/worlds.escrow
wellformed FILE...
hostile OUT                     a console trace that wants to be markup
fuzz TOOL DIRECTORY             damaged inputs; DIRECTORY has the story's logs
"""
import json
import os
import random
import re
import struct
import subprocess
import sys
import xml.etree.ElementTree as tree

PAGE = 4096
RING = 256
SVG = '{http://www.w3.org/2000/svg}'


def records(path):
    for line in open(path):
        found = re.match(r'~[0-9a-f]{8} T(.*)', line)
        if found:
            words = [int(w, 16) for w in found[1].split()]
            yield struct.pack('<8Q', *(words + [0] * (8 - len(words))))


def dump(log, out, how=''):
    first = next(line for line in open(log) if re.match(r'~0{8} V', line))
    reasons, hz = (int(w, 16) for w in first.split()[3:5])
    names = [line.split()[2:] for line in open(log)
             if re.match(r'~[0-9a-f]{8} P', line)]
    found = list(records(log))[-RING:]
    cpus = [[bytes(64)] * RING for _ in range(4)]
    for record in found:
        number, = struct.unpack_from('<I', record, 8)
        cpu, = struct.unpack_from('<H', record, 24)
        cpus[cpu][number % RING] = record
    if how == 'torn':
        for i in range(2):
            cpus[0][i] = bytes(8) + cpus[0][i][8:]
        for i in range(3):
            cpus[0][10 + i] = cpus[0][10 + i][:8] + b'\x07' + cpus[0][9][9:]
    if how == 'foreign':
        reasons ^= 1
    head = struct.pack('<16sIIQIIII', b"Escrow's rings.", 1, reasons, hz,
                       len(cpus), RING, 64, len(names))
    for number, name in names:
        head += struct.pack('<24sH6x', bytes.fromhex(name), int(number, 16))
    memory = random.Random(1).randbytes(3 * PAGE) + head.ljust(PAGE, b'\0')
    # Like the image's own copy of the word: not at a page's beginning.
    memory = memory[:100] + b"Escrow's rings.\0" + memory[116:]
    for ring in cpus:
        memory += b''.join(ring)
    open(out, 'wb').write(memory + bytes(PAGE))


def check_json(path):
    lines = [json.loads(line) for line in open(path)]
    share = next(o for o in lines if o.get('call') == 'MEM_SHARE_64')
    assert share == {
        'microseconds': 15, 'who': 'nwd', 'who_id': '0x0', 'cpu': 0,
        'number': 11, 'call': 'MEM_SHARE_64', 'function': '0xc4000073',
        'status': 'SUCCESS', 'change': 'shared', 'peer': 'sp1',
        'peer_id': '0x8001', 'pages': 1, 'base': '0x70010000', 'ranges': 1,
        'access': 'rw-', 'handle': '0x1', 'next': 'nwd', 'next_id': '0x0',
    }, share
    refused = [o for o in lines if 'reason' in o]
    assert [o['reason']['name'] for o in refused] == [
        'EXECUTE_NON_SECURE', 'DATA_EXCEEDS', 'OWNER_LACKS_EXECUTE',
        'HANDLE_UNKNOWN', 'NOT_OWNER', 'STILL_HELD', 'STILL_HELD'], refused
    assert refused[1]['status'] == 'DENIED'
    assert refused[1]['reason']['status'] == -6
    assert refused[1]['reason']['spec'] == 'V98'
    assert 'more data access' in refused[1]['reason']['sentence']


def wellformed(*paths):
    return [tree.parse(path).getroot() for path in paths]


def texts(root, what):
    return [''.join(e.itertext()) for e in root.iter(SVG + 'text')
            if what in e.get('class', '')]


def check_picture(path):
    root, = wellformed(path)
    whole = open(path).read()
    assert not re.search(r'(src|href|url\()\s*=?\s*["\']?(http|//)', whole)
    words = texts(root, 'bad')
    for reason in ('EXECUTE_NON_SECURE', 'DATA_EXCEEDS', 'NOT_OWNER',
                   'OWNER_LACKS_EXECUTE', 'HANDLE_UNKNOWN', 'stopped'):
        assert words.count(reason) >= 1, reason
    assert words.count('STILL_HELD') == 2, words
    assert words.count('DENIED') == 5 and words.count(
        'INVALID_PARAMETERS') == 2, words
    held = texts(root, 'm')
    for label in ('lent', 'given', 'rw-', 'r--', 'rwx shared'):
        assert label in held, label
    parties = texts(root, 'b mid')
    assert parties == ['normal world', 'EL3 (SPMD)', 'Escrow', 'sp1',
                       'sp2'], parties
    # Cores that share and reclaim at once come once each.
    assert len([t for t in held if '2500' in t and 'SHARE' in t]) == 4, held
    titles = [e.text for e in root.iter(SVG + 'title')]
    assert any('lent to sp2 0xe500000 r-- handle 0x3' in t for t in titles)
    for band in root.iter(SVG + 'g'):
        if band.get('data-t', '').startswith('0xe500000 '):
            assert band.get('data-t') == '0xe500000 sp1 sp2'
            check_lend(band)
            break
    else:
        raise AssertionError('no band of the page that sp1 lends')


def check_lend(band):
    """The lane of chapter (c), as it must look."""
    drawn = [e.get('class') for e in band.iter()
             if e.get('class') in ('r', 'rw', 'rwx', 'away', 'own', 'offer',
                                   'no', 'fault')]
    # sp1: r-- before, lent, r-- again, a fault while lent and one after;
    # sp2: offered, refused twice, r--, a fault.
    assert drawn == ['r', 'own', 'away', 'own', 'r', 'own', 'r', 'own',
                     'fault', 'fault', 'offer', 'r', 'no', 'no',
                     'fault'], drawn


def check_worlds(path):
    """A virtual machine shares with both worlds, and has it again: it owns
    it for the hypervisor, and the normal world does for the SPMC."""
    root, = wellformed(path)
    parties = texts(root, 'b mid')
    assert parties == ['vm1', 'vm2', 'hypervisor', 'EL3 (SPMD)', 'Escrow',
                       'sp1', 'sp2'], parties
    band = next(g for g in root.iter(SVG + 'g')
                if g.get('data-t', '').startswith('0x50000000 '))
    ends = [(float(r.get('x')) + float(r.get('width')), r.get('y'))
            for r in band.iter(SVG + 'rect') if r.get('class') == 'own']
    last = max(ends)[0]
    assert len([end for end, _ in ends if end >= last - 2]) == 2, ends


def hostile(out):
    with open(out, 'w') as f:
        f.write('[    0.000001] <b>&"\'    VERSION   SUCCESS   version 1.2\n'
                '[    0.000002] nwd     == (a) <script>alert(1)</script>\n'
                '[    0.000003] nwd     ]]><!-- & \x01\x7f\xff "x"\n'
                '[    0.000004] <b>&"\'    MEM_LEND   1 page    SUCCESS   '
                'lent to </svg> 0x1000 r-- handle 0x1\n'
                '[    0.000005] </svg>    MEM_RECLAIM   DENIED  <b>: x\n')


def damaged(data, chance):
    data = bytearray(data)
    for _ in range(chance.choice((1, 3, 30))):
        at = chance.randrange(len(data))
        kind = chance.randrange(5)
        if kind == 0:
            data[at] = chance.randrange(256)
        elif kind == 1:
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 2:
            del data[at:at + chance.randrange(1, 40)]
        elif kind == 3:
            data[at:at] = data[at:at + chance.randrange(1, 200)]
        else:
            data[at:at + 8] = chance.choice((b'\xff' * 8, b'\0' * 8,
                                             b'9' * 8, b'f' * 8))
        if len(data) < 16:
            return bytes(data)
    if chance.randrange(4) == 0:
        data = data[:chance.randrange(len(data))]
    return bytes(data)


def dump_seed(path, chance):
    """Mostly the directory is damaged, where all numbers come from."""
    data = open(path, 'rb').read()
    head = damaged(data[3 * PAGE:4 * PAGE], chance).ljust(PAGE, b'\0')[:PAGE]
    rings = damaged(data[4 * PAGE:], chance)
    return head + rings if chance.randrange(3) else b"Escrow's rings.\0" + \
        head[16:] + rings


def fuzz(tool, work):
    chance = random.Random(int(os.environ.get('ESCROW_SEED', '1')))
    runs = int(os.environ.get('ESCROW_RUNS', '40'))
    capture = ''.join(line for line in open(work + '/secure.log')
                      if re.match('~0000(00|01)', line)
                      and not re.match(r'~.{8} [MK]', line))
    texts = {
        'capture': capture.encode(),
        'console': open(work + '/merged.txt', 'rb').read(),
    }
    for i in range(3 * runs):
        kind = ('capture', 'console', 'dump')[i % 3]
        data = dump_seed(work + '/dump', chance) if kind == 'dump' \
            else damaged(texts[kind], chance)
        path = work + '/fuzzed'
        open(path, 'wb').write(data)
        done = subprocess.run(
            [tool, '--input', kind, chance.choice(('--json', '--fold')),
             '--svg', work + '/f.svg', '--html', work + '/f.html', path],
            capture_output=True, timeout=20)
        said = done.stderr.decode(errors='replace')
        assert done.returncode in (0, 1, 2), (i, done.returncode, said)
        assert 'Sanitizer' not in said and 'runtime error' not in said, said
        if done.returncode != 2:
            wellformed(work + '/f.svg', work + '/f.html')


def main():
    what, *rest = sys.argv[1:]
    if what == 'picture':
        for path in rest:
            check_picture(path)
    else:
        {'dump': dump, 'json': check_json, 'wellformed': wellformed,
         'worlds': check_worlds,
         'hostile': hostile, 'fuzz': fuzz}[what](*rest)


main()
