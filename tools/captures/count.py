"""Counts the MQTT packets of a folder of captures with tshark and checks that it finds no fault.

    count.py FOLDER

Writes counts.tsv into the folder, and the table of the README.md there between its two marks.
The tests of the project compare their own counts with these.
"""

import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path

PACKETS = (
    "CONNECT CONNACK PUBLISH PUBACK PUBREC PUBREL PUBCOMP SUBSCRIBE SUBACK UNSUBSCRIBE UNSUBACK "
    "PINGREQ PINGRESP DISCONNECT AUTH"
).split()
VERSIONS = {"3": "3.1", "4": "3.1.1", "5": "5"}
OPTIONS = ["-o", "tcp.reassemble_out_of_order:TRUE", "-d", "tcp.port==1883-1886,mqtt"]
FAULTS = "_ws.malformed or mqtt.unknown_version or tcp.analysis.ack_lost_segment"
BEGIN, END = "<!-- counts: begin -->\n", "<!-- counts: end -->\n"


def tshark(path: Path, shown: str, fields: list[str]) -> list[list[str]]:
    command = ["tshark", "-r", str(path), *OPTIONS, "-Y", shown, "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def count(path: Path) -> Counter:
    """(version, packet name, sent by the client) -> how many."""
    faults = tshark(path, FAULTS, ["frame.number"])
    if faults:
        raise SystemExit(f"{path.name}: tshark finds fault with frames {faults}")
    client, version = {}, {}
    counts: Counter = Counter()
    fields = ["tcp.stream", "tcp.srcport", "mqtt.ver", "mqtt.msgtype"]
    for stream, port, level, kinds in tshark(path, "mqtt", fields):
        if level:
            client[stream], version[stream] = port, VERSIONS[level]
        for kind in kinds.split(","):
            counts[version[stream], PACKETS[int(kind) - 1], port == client[stream]] += 1
    return counts


def main() -> None:
    folder = Path(sys.argv[1])
    paths = sorted(p for p in folder.iterdir() if p.suffix in (".pcap", ".pcapng"))
    if not paths:
        raise SystemExit(f"no captures in {folder}")
    rows = ["file\tversion\tpacket\tfrom_client\tfrom_server"]
    table = ["| file | " + " | ".join(PACKETS) + " | all |", "|---|" + "---:|" * 16]
    totals: dict[str, Counter] = defaultdict(Counter)
    for path in paths:
        counts = count(path)
        for version in VERSIONS.values():
            for packet in PACKETS:
                pair = [counts[version, packet, sender] for sender in (True, False)]
                if any(pair):
                    rows.append("\t".join([path.name, version, packet, *map(str, pair)]))
                totals[path.name][packet] += sum(pair)
                totals[f"all, {version}"][packet] += sum(pair)
    for name in [*(path.name for path in paths), *(f"all, {v}" for v in VERSIONS.values())]:
        cells = [totals[name][packet] or "" for packet in PACKETS]
        table.append(f"| {name} | {' | '.join(map(str, cells))} | {totals[name].total()} |")
    (folder / "counts.tsv").write_text("\n".join(rows) + "\n")
    readme = folder / "README.md"
    if readme.exists():
        head, rest = readme.read_text().split(BEGIN)
        tail = rest.split(END)[1]
        readme.write_text(head + BEGIN + "\n" + "\n".join(table) + "\n\n" + END + tail)


if __name__ == "__main__":
    main()
