#!/bin/bash
# Records MQTT conversations of real programs into small capture files.
#
#   record.sh [--only NAME] [OUTPUT_DIRECTORY]
#
# Needs root (network namespace, packet capture) and the programs named in README.md beside this
# script. Everything it makes apart from the captures lives in a temporary directory.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
only=
if [[ ${1:-} == --only ]]; then
    only=$2
    shift 2
fi
out=${1:-$here/../../mqtt-core/tests/data/captures}

fail() {
    echo "record.sh: $*" >&2
    exit 1
}

if [[ -z ${MQTT_CAPTURE_WORK:-} ]]; then
    # First pass, with the machine's network: fetch the two client libraries.
    [[ $(id -u) == 0 ]] || fail "must run as root: it makes a network namespace and captures packets"
    for program in mosquitto mosquitto_pub mosquitto_sub mosquitto_passwd tcpdump dumpcap tshark \
        python3 node npm cc ip unshare; do
        command -v "$program" >/dev/null || fail "$program not found; see README.md"
    done
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check -r "$here/requirements.txt"
    (cd "$work" && npm install --silent --no-audit --no-fund --prefix "$work" "mqtt@$(<"$here/mqttjs-version")")
    cc -shared -fPIC -O2 -Wall -Wextra -o "$work/challenge_plugin.so" "$here/challenge_plugin.c"
    mkdir -p "$out"
    MQTT_CAPTURE_WORK=$work unshare --net "${BASH_SOURCE[0]}" ${only:+--only "$only"} "$out"
    [[ -n $only ]] || python3 "$here/count.py" "$out"
    exit
fi

# Second pass, in a network namespace of its own: nothing else talks on these interfaces.
work=$MQTT_CAPTURE_WORK
ip link set lo up
cd "$work"
cp "$here"/brokers/*.conf .
stop_all() {
    local pid
    for pid in $(jobs -p); do
        kill "$pid" 2>/dev/null || true
    done
    wait
}
trap stop_all EXIT

wait_for() { # what it is, then a command that has to succeed within ten seconds
    local what=$1
    shift
    for _ in {1..200}; do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.05
    done
    fail "timed out waiting for $what"
}

broker() {
    mosquitto -c "$1.conf" 2>"$1.log" &
    wait_for "broker $1" bash -c "exec 3<>/dev/tcp/127.0.0.1/$2"
}

# A capture begins with `start` and ends with `finish`. tcpdump writes pcap, dumpcap writes pcapng;
# which one comes from the name. What follows the interface goes to the capturing program. The
# capture buffers are large because each of their slots has room for a packet of any size.
wanted() { [[ -z $only || $only == "$1" ]]; }
start() {
    capture=$out/$1 interface=$2
    shift 2
    rm -f "$capture"
    echo "${capture##*/}"
    case $capture in
    *.pcapng) dumpcap -q -s 0 -B 64 -i "$interface" -w "$capture" "$@" 2>capture.log & ;;
    *) tcpdump -q -Z root -U --immediate-mode -s 0 -B 65536 -i "$interface" -w "$capture" "$@" 2>capture.log & ;;
    esac
    sniffer=$!
    wait_for "the capture file" test -s "$capture"
    sleep 0.3
}
finish() {
    sleep 1.2
    kill -INT "$sniffer"
    wait "$sniffer" || fail "the capturing program failed: $(<capture.log)"
    grep -Eq "^0 packets dropped by kernel|: [0-9]+/0 " capture.log ||
        fail "packets were lost: $(<capture.log)"
    if [[ $capture == *.pcapng ]]; then python3 "$here/scrub.py" "$capture"; fi
    chmod 644 "$capture"
    # Let sockets in TIME_WAIT and stray packets stay out of the next capture.
    sleep 0.3
}

pub() { mosquitto_pub -h "${host:-127.0.0.1}" "$@"; }
sub() { timeout 25 mosquitto_sub -h "${host:-127.0.0.1}" -N "$@" >/dev/null; }
# A subscriber in the background; returns once the broker has acknowledged its subscriptions.
listen() {
    local log=listen.$RANDOM.$RANDOM
    timeout 25 stdbuf -oL mosquitto_sub -h "${host:-127.0.0.1}" -d -N "$@" >"$log" 2>&1 &
    listener=$!
    wait_for "a subscription" grep -q "^Subscribed" "$log"
}
python() { timeout 40 "$work/venv/bin/python" "$here/paho_client.py" "$@"; }
javascript() { timeout 40 env NODE_PATH="$work/node_modules" node "$here/mqttjs_client.cjs" "$@"; }
# A command that has to fail: refused, or killed by its own hand.
dies() { ! "$@" 2>/dev/null || fail "this was meant to fail: $*"; }

rm -f passwords acl
mosquitto_passwd -c -b passwords alice wonderland 2>/dev/null
printf 'user alice\ntopic readwrite open/#\n' >acl
broker plain 1883
broker guarded 1884
broker limited 1885
broker challenge 1886

if wanted mosquitto-v311.pcap; then
    start mosquitto-v311.pcap lo tcp
    pub -V mqttv311 -i pub-retained -q 1 -r -t 'home/kitchen/temperature' -m '21.5'
    listen -V mqttv311 -i sub-311 -q 2 -t 'home/#' -t 'home/+/temperature' -t 'räume/küche/℃' \
        -t '$SYS/broker/version' -U 'never/subscribed' -U 'home/old/#' -C 9 -W 20
    first=$listener
    listen -V mqttv311 -i sub-311-zero -q 0 -t '+/hall/#' -C 3 -W 20
    pub -V mqttv311 -i pub-0 -q 0 -t home/hall/light -m on
    pub -V mqttv311 -i pub-1 -q 1 -t home/hall/light -m off
    pub -V mqttv311 -i pub-2 -q 2 -t home/hall/door -m 'opened — then closed'
    pub -V mqttv311 -i pub-text -q 1 -t 'räume/küche/℃' -m 'zwanzig Grad, 摂氏二十度, 🌡'
    pub -V mqttv311 -i pub-null -q 2 -t home/empty -n
    printf 'line one\nline two\n' | pub -V mqttv311 -i pub-lines -q 1 -t home/lines -l
    pub -V mqttv311 -i pub-clear -q 1 -r -t home/kitchen/temperature -n
    wait "$first" "$listener"
    finish
fi

if wanted mosquitto-v5-properties.pcapng; then
    start mosquitto-v5-properties.pcapng lo -f tcp
    listen -V mqttv5 -i sub-5 -q 2 -k 90 -x 3600 -t 'v5/#' -t 'v5/+/narrow' -U 'v5/unused' \
        -D connect receive-maximum 10 -D connect maximum-packet-size 200000 \
        -D connect topic-alias-maximum 5 -D connect request-problem-information 1 \
        -D connect user-property site Malmö -D connect user-property site Lund \
        -D subscribe subscription-identifier 300 -D subscribe user-property reason test \
        -D unsubscribe user-property reason tidy \
        -D disconnect session-expiry-interval 0 -D disconnect user-property bye now \
        --will-topic v5/will --will-payload 'not to be seen' --will-qos 1 \
        -D will will-delay-interval 5 -D will content-type text/plain -C 6 -W 20
    for qos in 0 1 2; do
        pub -V mqttv5 -i "pub-5-$qos" -q "$qos" -t v5/all/narrow -m "{\"qos\":$qos}" \
            -D publish payload-format-indicator 1 -D publish message-expiry-interval 3600 \
            -D publish content-type application/json -D publish response-topic v5/answers/å \
            -D publish correlation-data 'id-0001' -D publish user-property key value \
            -D publish user-property key 'value again' -D publish user-property ключ значение
    done
    finish_early=$listener
    pub -V mqttv5 -i pub-5-alias -q 1 -t v5/alias -m 'with an alias' -D publish topic-alias 2
    pub -V mqttv5 -i pub-5-null -q 2 -t v5/null -n -D publish message-expiry-interval 1
    pub -V mqttv5 -i pub-5-keep -q 1 -r -t v5/kept -m 'kept for a while' \
        -D publish message-expiry-interval 120 -D publish user-property kept yes
    wait "$finish_early"
    sub -V mqttv5 -i sub-5-late -q 1 -t v5/kept -C 1 -D subscribe subscription-identifier 1
    pub -V mqttv5 -i pub-5-nobody -q 2 -t nobody/listens -m 'no matching subscribers'
    pub -V mqttv5 -i pub-5-clear -q 1 -r -t v5/kept -n
    finish
fi

if wanted mosquitto-v31.pcap; then
    start mosquitto-v31.pcap any -y LINUX_SLL tcp
    listen -V mqttv31 -i sub-31 -q 2 -t 'old/+' -C 4 -W 20
    pub -V mqttv31 -i pub-31-0 -q 0 -t old/zero -m zero
    pub -V mqttv31 -i pub-31-1 -q 1 -t old/one -m one
    pub -V mqttv31 -i pub-31-2 -q 2 -t old/two -m two --will-topic old/will --will-payload never
    pub -V mqttv31 -i pub-31-null -q 1 -t old/null -n
    wait "$listener"
    finish
fi

if wanted wills-v311-v5.pcap; then
    start wills-v311-v5.pcap lo tcp
    listen -V mqttv5 -i watch-5 -q 2 -t 'wills/#' -C 6 -W 20 -D subscribe subscription-identifier 9
    watchers=("$listener")
    listen -V mqttv311 -i watch-311 -q 1 -t 'wills/#' -C 6 -W 20
    watchers+=("$listener")
    # Killed by its own number: `timeout` would only end itself.
    mosquitto_sub -h 127.0.0.1 -V mqttv311 -i dies-311 -t quiet --will-topic wills/mosquitto/311 \
        --will-payload 'gone (3.1.1)' --will-qos 2 --will-retain &
    victims=($!)
    mosquitto_sub -h 127.0.0.1 -V mqttv5 -i dies-5 -x 30 -t quiet --will-topic wills/mosquitto/5 \
        --will-payload '{"gone":"5.0"}' --will-qos 1 \
        -D will will-delay-interval 1 -D will message-expiry-interval 60 \
        -D will content-type application/json -D will payload-format-indicator 1 \
        -D will response-topic wills/answer -D will correlation-data c-1 \
        -D will user-property why killed &
    victims+=($!)
    mosquitto_sub -h 127.0.0.1 -V mqttv5 -i dies-empty -t quiet --will-topic wills/empty &
    victims+=($!)
    sleep 0.5
    kill -9 "${victims[@]}"
    wait "${victims[@]}" 2>/dev/null || true
    dies python will 3
    dies javascript will 5
    # This one says goodbye with reason 0x00, so its will is dropped.
    sub -V mqttv5 -i says-goodbye -t quiet -E --will-topic wills/never --will-payload never
    dies javascript will 3
    wait "${watchers[@]}"
    pub -V mqttv311 -i clear-1 -r -t wills/mosquitto/311 -n
    pub -V mqttv311 -i clear-2 -r -t wills/paho -n
    finish
fi

if wanted sessions-ipv6-v311-v5.pcapng; then
    start sessions-ipv6-v311-v5.pcapng lo -f tcp
    host=::1
    sub -V mqttv311 -c -i durable-311 -q 2 -t 'sessions/311/#' -E
    sub -V mqttv5 -c -x 600 -i durable-5 -q 2 -t 'sessions/5/#' -E \
        -D subscribe subscription-identifier 42
    for qos in 0 1 2; do
        pub -V mqttv311 -i away-311 -q "$qos" -t "sessions/311/$qos" -m "while away, qos $qos"
        pub -V mqttv5 -i away-5 -q "$qos" -t "sessions/5/$qos" -m "while away, qos $qos" \
            -D publish message-expiry-interval 600 -D publish user-property n "$qos"
    done
    sub -V mqttv311 -c -i durable-311 -q 2 -t 'sessions/311/#' -C 2
    sub -V mqttv5 -c -x 600 -i durable-5 -q 2 -t 'sessions/5/#' -C 2
    # Resumed once more only to be thrown away.
    sub -V mqttv311 -i durable-311 -t none -E
    sub -V mqttv5 -i durable-5 -t none -E
    unset host
    python unacked 3
    python unacked 5
    finish
fi

if wanted shared-v5-nanoseconds.pcap; then
    start shared-v5-nanoseconds.pcap lo --time-stamp-precision=nano tcp
    listen -V mqttv5 -i worker-a -q 1 -t '$share/workers/jobs/#' -C 4 -W 20 \
        -D subscribe subscription-identifier 11
    workers=("$listener")
    listen -V mqttv5 -i worker-b -q 1 -t '$share/workers/jobs/#' -C 4 -W 20
    workers+=("$listener")
    listen -V mqttv5 -i auditor -q 0 -t 'jobs/#' -t '$share/аудит/jobs/+' -C 16 -W 20
    workers+=("$listener")
    pub -V mqttv5 -i boss -q 1 -t jobs/next -m 'one of eight' --repeat 8 --repeat-delay 0.05
    wait "${workers[@]}"
    finish
fi

if wanted refused-v31-v311-v5.pcap; then
    start refused-v31-v311-v5.pcap lo tcp
    for version in mqttv31 mqttv311 mqttv5; do
        dies pub -V $version -p 1884 -i "nobody-$version" -t open/x -m x
        dies pub -V $version -p 1884 -i "wrong-$version" -u alice -P looking-glass -t open/x -m x
        dies sub -V $version -p 1884 -i "stranger-$version" -u bob -P 'pässwörd' -t open/x -C 1
    done
    for version in mqttv311 mqttv5; do
        listen -V $version -p 1884 -i "alice-$version" -u alice -P wonderland -q 1 -t open/1 -C 1 -W 20
        # 5.0 says no in its acknowledgements; 3.1.1 has no way to and drops the message.
        for qos in 1 2; do
            pub -V $version -p 1884 -i "alice-no-$qos-$version" -u alice -P wonderland \
                -q $qos -t closed/$qos -m no 2>/dev/null || true
        done
        pub -V $version -p 1884 -i "alice-in-$version" -u alice -P wonderland -q 1 -t open/1 -m yes
        wait "$listener"
        sub -V $version -p 1886 -i "ears-$version" -q 1 -t closed/1 -t open/2 -W 1 2>/dev/null || true
    done
    finish
fi

if wanted limits-v5.pcapng; then
    start limits-v5.pcapng lo -f tcp
    listen -V mqttv5 -p 1885 -k 300 -q 2 -t 'limits/ok' -C 1 -W 20
    pub -V mqttv5 -p 1885 -k 10 -q 1 -t limits/ok -m 'id by the server, its own keep alive'
    wait "$listener"
    python forbidden
    finish
fi

if wanted auth-v5.pcap; then
    start auth-v5.pcap lo tcp
    javascript auth 5
    finish
fi

for version in 3 5; do
    name=v$version
    [[ $version == 5 ]] || name=v311
    if wanted "paho-$name.pcap"; then
        start "paho-$name.pcap" lo tcp
        python session $version
        finish
    fi
    if wanted "mqttjs-$name.pcapng"; then
        start "mqttjs-$name.pcapng" lo -f tcp
        javascript session $version
        finish
    fi
done

if wanted keepalive-v311-v5.pcap; then
    start keepalive-v311-v5.pcap any tcp
    idle=()
    sub -V mqttv311 -i idle-311 -k 5 -t none -W 7 2>/dev/null & idle+=($!)
    sub -V mqttv5 -i idle-5 -k 5 -t none -W 7 2>/dev/null & idle+=($!)
    python keepalive 3 & idle+=($!)
    python keepalive 5 & idle+=($!)
    javascript keepalive 3 & idle+=($!)
    javascript keepalive 5 & idle+=($!)
    wait "${idle[@]}" || true
    finish
fi

if wanted large-payload-v311-v5.pcap; then
    # Lines of text that differ, 300 KiB in all; compresses well and is easy to check by eye.
    python3 -c 'import sys; sys.stdout.write("".join(f"{n:06d} sixty-four bytes a line, thousands of lines in one message\n" for n in range(4800))[:307200])' >large
    start large-payload-v311-v5.pcap lo tcp
    pub -V mqttv311 -i large-out -q 1 -r -t large/message -f large
    sub -V mqttv5 -i large-in -q 2 -t large/message -C 1
    finish
    pub -V mqttv311 -i large-clear -r -t large/message -n
fi

if wanted bad-link-v5.pcap; then
    python3 "$here/impair.py" >impair.log 2>&1 &
    wait_for "the bad link" grep -q ready impair.log
    # Only the broker's view: its own packets before the link, the client's after it.
    start bad-link-v5.pcap mqttbad0 \
        'tcp and ((src host 10.9.0.2 and dst port 1883) or (src host 10.9.0.1 and src port 1883))'
    python bulk
    finish
fi
