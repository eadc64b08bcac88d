# `make help` lists what there is.

SHELL = /bin/sh
.NOTPARALLEL:

CARGO ?= cargo
PYTHON ?= python3
# Where `make install` puts the C library.
PREFIX ?= /usr/local
DESTDIR ?=
# Seconds for each fuzz target.
TIME ?= 600
# Further arguments of `demo`, `bench`, `bench-instr`, `bench-peers`, `bench-sessions`, `bench-topics`, `bench-clients`, `bench-server`, `bench-c`, `bench-python`, `bench-python-e2e`.
ARGS ?=

export CARGO PYTHON
# For scripts. Not $(MAKE) in the recipes, so that `make -n` runs nothing.
export SUBMAKE = $(MAKE)

# How `demo` is built. The tests have it built without optimisation.
DEMO_PROFILE = --release

TARGET = $(or $(CARGO_TARGET_DIR),target)
CAPTURES = mqtt-core/tests/data/captures
FUZZ_TARGETS = decode decode_split roundtrip stream trie_ops client_bytes server_bytes session_ops \
	snapshot journal broker_bytes

# Ends a recipe if a tool is missing: well with ALLOW_MISSING=1, else not.
need = command -v $(1) >/dev/null || { echo "$(1) is missing"; [ "$$ALLOW_MISSING" = 1 ]; exit; }

# Programs that use sockets, and what their tests need.
PROGRAMS = -p loopback -p mqc-http -p mqc-websocket -p mqc-client -p mqc-server -p mqc-demo -p patterns -p mqc-connector -p mqc-amqp-bridge -p mqc-store

# Packages with lockfiles of their own.
DIFFERENTIAL = --manifest-path mqtt-core/tests/differential/Cargo.toml
NO_ALLOC = --manifest-path mqtt-core/tests/no-alloc/Cargo.toml
FUZZ = --manifest-path fuzz/Cargo.toml
PEERS = --manifest-path benches/peers/Cargo.toml

MANIFESTS = Cargo.toml mqtt-core/tests/differential/Cargo.toml mqtt-core/tests/no-alloc/Cargo.toml \
	fuzz/Cargo.toml benches/peers/Cargo.toml

# The server with clients of others.
INTEROP = MQC_SERVER=$(abspath $(TARGET))/debug/mqc-server TARGET=$(abspath $(TARGET)) \
	sh mqtt-core/examples/server/interop/run.sh

# What `make test` runs, in this order.
STEPS = tools locks-check fmt clippy docs msrv tree vectors-check spec-check \
	test-core test-no-std test-no-alloc test-inspect test-programs test-interop test-c test-c-bare test-python \
	test-differential test-benches bench-instr test-demo test-install

# What `make test-full` runs besides.
FULL_STEPS = clippy-peers test-interop-full test-rabbitmq test-durable test-long test-reconnects test-release test-c-memory test-c-sanitize test-c-clang c-docs test-peers fuzz-short fuzz-c-short

.PHONY: help demo demo-packets test test-full $(STEPS) $(FULL_STEPS) bench bench-peers bench-sessions bench-topics bench-clients bench-server bench-c bench-python bench-python-e2e site fuzz fuzz-c c-sizes wheel install \
	locks vectors header

help: ## this list
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
		awk -F'|' '{ printf "%-28s %s\n", $$1, $$2 }'

## Main commands

demo: ## send 10,000 messages at each QoS and in both versions through mqc-server, and check every promise of MQTT
	@$(CARGO) run --locked $(DEMO_PROFILE) -p mqc-demo -- $(ARGS)

demo-packets: ## show real MQTT traffic, packet by packet, and a network with a broker
	@$(CARGO) build --locked -p inspect
	@echo; echo '==== One session of MQTT 5.0, every field:'
	@$(CARGO) run --locked --quiet -p inspect -- $(CAPTURES)/mqttjs-v5.pcapng
	@echo; echo '==== A malformed packet, and what to answer:'
	@$(CARGO) run --locked --quiet -p inspect -- -v 5 82 0e 00 0a 00 00 08 61 2f 62 2f 23 2f 63 64 01; \
		test $$? -eq 1
	@echo; echo '==== All captures, a line for each packet:'
	@$(CARGO) run --locked --quiet -p inspect -- --summary \
		$(wildcard $(CAPTURES)/*.pcap $(CAPTURES)/*.pcapng)
	@echo; echo '==== A network in one thread: a broker, three clients, a cable that is cut:'
	@$(CARGO) run --locked --quiet -p mqtt-core --example network

test: ## run all steps below, and print how long each took
	@sh tools/ci/run_steps.sh $(STEPS)

test-full: ## run these and more: peers, valgrind, sanitizers, longer properties, some fuzzing
	@sh tools/ci/run_steps.sh $(STEPS) $(FULL_STEPS)

## Steps of `make test`

tools: ## install what the tests need; ALLOW_MISSING=1 does without
	sh tools/ci/tools.sh

locks-check: ## all lockfiles go with their manifests
	@for manifest in $(MANIFESTS); do \
		echo "$$manifest"; \
		$(CARGO) update --quiet --workspace --locked --offline --manifest-path $$manifest 2>&- || \
			$(CARGO) update --quiet --workspace --locked --manifest-path $$manifest || exit 1; \
	done

fmt: ## is everything formatted?
	$(CARGO) fmt --all --check
	$(CARGO) fmt $(DIFFERENTIAL) --check
	$(CARGO) fmt $(NO_ALLOC) --check
	$(CARGO) fmt $(FUZZ) --check
	$(CARGO) fmt $(PEERS) --check

# Package by package: together they would unite their features.
clippy: ## warnings are errors
	$(CARGO) clippy --locked -p mqtt-core --all-targets --all-features -- -D warnings
	$(CARGO) clippy --locked -p mqtt-core --all-targets --no-default-features -- -D warnings
	$(CARGO) clippy --locked -p mqtt-core --all-targets --no-default-features --features alloc -- -D warnings
	$(CARGO) clippy --locked -p inspect --all-targets --all-features -- -D warnings
	$(CARGO) clippy --locked $(PROGRAMS) --all-targets --all-features -- -D warnings
	$(CARGO) clippy --locked -p mqtt-ffi --all-targets --all-features -- -D warnings
	$(CARGO) clippy --locked -p mqtt-ffi --lib --no-default-features --profile embedded -- -D warnings
	$(CARGO) clippy --locked -p mqtt-py --all-targets --all-features -- -D warnings
	$(CARGO) clippy --locked -p mqtt-benches --all-targets --all-features -- -D warnings
	$(CARGO) clippy --locked $(DIFFERENTIAL) --all-targets -- -D warnings
	$(CARGO) clippy --locked $(NO_ALLOC) -- -D warnings
	$(CARGO) clippy --locked $(FUZZ) --all-targets -- -D warnings

docs: export RUSTDOCFLAGS = -D warnings
docs: ## the documentation has no broken link; the site of all pages is in target/site/html
	$(CARGO) doc --locked --no-deps -p mqtt-core
	$(CARGO) doc --locked --no-deps -p mqtt-core --document-private-items
	$(CARGO) doc --locked --no-deps -p inspect -p mqtt-ffi -p mqtt-py -p mqtt-benches
	$(CARGO) doc --locked --no-deps $(PROGRAMS)
	sh docs/site/build.sh $(TARGET)/site

msrv: ## no dependency of the libraries needs a newer Rust than they promise
	$(PYTHON) tools/ci/msrv.py mqtt-core mqtt-ffi mqtt-py

tree: ## no path of a machine, no unfinished work in the sources
	sh tools/ci/tree.sh

vectors-check: ## the shared vectors are what their generator writes
	$(PYTHON) tools/vectors/generate.py --check
	$(PYTHON) tools/vectors/topics.py --check

spec-check: ## the tables of the standards are consistent
	$(PYTHON) mqtt-core/tests/spec/check.py

test-core: ## mqtt-core: units, vectors, properties, ledger, fuzz corpus, tshark, doctests
	$(CARGO) test --locked -p mqtt-core --all-features --no-fail-fast

test-no-std: ## mqtt-core without std
	$(CARGO) test --locked -p mqtt-core --no-default-features --lib
	$(CARGO) test --locked -p mqtt-core --no-default-features --features alloc --lib

test-no-alloc: ## a program without an allocator
	sh mqtt-core/tests/no-alloc/check.sh

test-inspect: ## the inspect example, against tshark's counts
	$(CARGO) test --locked -p inspect

test-programs: ## clients, patterns, connector and bridge on real sockets, against mosquitto
	$(CARGO) test --locked $(PROGRAMS) --no-fail-fast

test-interop: ## the server with mosquitto's programs, paho-mqtt, MQTT.js and our own C clients
	$(CARGO) build --locked -p mqc-server -p mqtt-ffi
	$(INTEROP)

test-c: ## the C library: header, binary interface, symbols, NULL, garbage and panics in every function, C and C++ both ways
	$(CARGO) test --locked -p mqtt-ffi

test-c-bare: ## the codec alone needs no allocator, no Rust std and no C library
	sh mqtt-ffi/scripts/codec_only.sh $(TARGET)/codec-only

test-python: ## the wheel, as a user gets it: pytest, examples with mosquitto and mqc-server, type checkers, stubs, ruff
	$(CARGO) build --locked -p mqc-server
	MQC_SERVER=$(abspath $(TARGET))/debug/mqc-server sh mqtt-py/scripts/test_wheel.sh $(TARGET)/wheel
	$(TARGET)/wheel/test-env/bin/python -m mypy --strict --cache-dir $(TARGET)/mypy tools/ci/*.py
	cd tools/vectors && $(abspath $(TARGET))/wheel/test-env/bin/python -m mypy --strict \
		--cache-dir $(abspath $(TARGET))/mypy generate.py topics.py
	cd docs/site && $(abspath $(TARGET))/wheel/test-env/bin/python -m mypy --strict \
		--cache-dir $(abspath $(TARGET))/mypy gather.py contents.py conformance.py reference.py hooks.py alone.py
	cd docs/site && $(abspath $(TARGET))/wheel/test-env/bin/ruff check --config ../../mqtt-py/pyproject.toml . && \
		$(abspath $(TARGET))/wheel/test-env/bin/ruff format --check --config ../../mqtt-py/pyproject.toml .

test-differential: ## other codecs, on the same packets
	$(CARGO) test --locked $(DIFFERENTIAL)

test-benches: ## the benchmarks run
	$(CARGO) test --locked -p mqtt-benches --lib --benches
	$(CARGO) run --locked -p mqtt-benches --bin broker -- 100

bench-instr: ## instructions per packet, message and topic, under callgrind; fails over budget
	@$(call need,valgrind); set -x; \
		$(CARGO) run --locked --profile bench -p mqtt-benches --bin instr -- $(or $(ARGS),--check)

test-demo: ## `make demo-packets` and `make demo` print what the README shows
	$(PYTHON) tools/ci/demo.py demo-packets $$SUBMAKE --no-print-directory demo-packets
	$(PYTHON) tools/ci/demo.py demo $$SUBMAKE --no-print-directory demo DEMO_PROFILE= ARGS="--messages 1000"

test-install: ## a C program builds against the installed library
	sh tools/ci/test_install.sh

## Further steps of `make test-full`

clippy-peers: ## clippy for the comparison with others
	$(CARGO) clippy --locked $(PEERS) --all-targets --all-features -- -D warnings

test-interop-full: export WITH_INTEROP_FULL = 1
test-interop-full: ## the server with libmosquitto, Paho for C and Go, and aiomqtt
	sh tools/ci/tools.sh
	$(CARGO) build --locked -p mqc-server
	$(INTEROP) full

test-rabbitmq: export WITH_RABBITMQ = 1
test-rabbitmq: ## clients against RabbitMQ; the bridge to it: either broker killed in the middle, nothing lost
	sh tools/ci/tools.sh
	$(CARGO) test --locked -p loopback --features rabbitmq --test rabbitmq
	$(CARGO) test --locked -p mqc-client --features rabbitmq --test interop rabbitmq
	$(CARGO) test --locked -p mqc-amqp-bridge --features rabbitmq --test rabbitmq -- --nocapture --test-threads 1

test-durable: export KILLS = 300
test-durable: export MESSAGES = 10000
test-durable: ## a client with SQLite, killed 300 times: 10,000 messages each way, each exactly once
	$(CARGO) test --locked -p mqc-client --test durable killed_takes -- --nocapture

test-long: export PROPTEST_CASES = 20000
test-long: export PROPTEST_MAX_GLOBAL_REJECTS = 100000
test-long: export SEEDS = 20000
test-long: ## many more cases of each property, many more networks
	$(CARGO) test --locked -p mqtt-core --all-features --test properties
	$(CARGO) test --locked -p mqtt-core --all-features --release --test session network
	SEEDS=2000 $(CARGO) test --locked -p mqtt-core --all-features --release --test sim

test-reconnects: export RECONNECTS = 1000
test-reconnects: ## the asyncio client: a thousand reconnects through a proxy that cuts, to each broker, in both versions
	[ -x $(TARGET)/wheel/test-env/bin/python ] || $(SUBMAKE) test-python
	$(CARGO) build --locked -p mqc-server
	cd mqtt-py && MQC_SERVER=$(abspath $(TARGET))/debug/mqc-server $(abspath $(TARGET))/wheel/test-env/bin/python \
		-X dev -W error -m pytest --quiet tests/aio -k "through_cuts or connections_that_are_cut"

test-release: ## mqtt-core with optimisation
	$(CARGO) test --locked -p mqtt-core --all-features --release

test-c-memory: ## the C programs under valgrind, every function with NULL and garbage; it finds what is planted
	@$(call need,valgrind); set -x; \
	C_TEST_RUNNER="valgrind -q --error-exitcode=99 --leak-check=full --show-leak-kinds=all --errors-for-leak-kinds=all" \
		$(CARGO) test --locked -p mqtt-ffi --test c_tests --test contract

test-c-sanitize: ## the same with address and undefined behaviour sanitizers
	C_TEST_CFLAGS="-fsanitize=address,undefined -fno-sanitize-recover=all" \
		$(CARGO) test --locked -p mqtt-ffi --test c_tests --test contract

test-c-clang: export WITH_C_FULL = 1
test-c-clang: ## the C library with another compiler
	sh tools/ci/tools.sh
	@$(call need,clang); set -x; \
		CC=clang CXX=clang++ $(CARGO) test --locked -p mqtt-ffi --test c_tests --test contract

c-docs: export WITH_C_FULL = 1
c-docs: ## the reference of the C library, in target/c-docs/html
	sh tools/ci/tools.sh
	@$(call need,doxygen); sh mqtt-ffi/scripts/c_docs.sh $(TARGET)/c-docs

test-peers: ## all codecs read and write the corpus alike, all sessions and tries do the same
	$(CARGO) test --locked $(PEERS) --all-features

fuzz-short: ## each fuzz target for 20 seconds
	@$(MAKE) --no-print-directory fuzz TIME=20

fuzz-c-short: export WITH_C_FULL = 1
fuzz-c-short: ## the C library through C, for 20 seconds
	sh tools/ci/tools.sh
	@$(MAKE) --no-print-directory fuzz-c TIME=20

## Benchmarks, fuzzing, building

bench: ## wall time of our codec, our sessions and our trie; memory and wall time of a broker with 100,000 connections
	$(CARGO) bench --locked -p mqtt-benches -- $(ARGS)
	$(CARGO) run --locked --release -p mqtt-benches --bin broker

bench-peers: ## our codec beside others, with ratios
	$(CARGO) run --locked --release $(PEERS) -- $(ARGS)

bench-sessions: ## our sessions beside others, with ratios
	$(CARGO) run --locked --release $(PEERS) --bin sessions -- $(ARGS)

bench-topics: ## our tries beside others, with ratios (ARGS=--full: up to ten million filters)
	$(CARGO) run --locked --release $(PEERS) --features topics --bin topics -- $(ARGS)

bench-clients: ## our example client beside rumqttc, through one mosquitto, with ratios
	$(CARGO) run --locked --release $(PEERS) --features clients --bin clients -- $(ARGS)

bench-server: ## our example server beside mosquitto under the same loads, with ratios; the chart is target/bench-server.svg
	mkdir -p $(TARGET)
	$(CARGO) run --locked --release $(PEERS) --features server --bin server -- --plot $(TARGET)/bench-server.svg $(ARGS)

# New inputs go to the first folder, so that the committed corpus stays as it is.
fuzz: ## each fuzz target for TIME=600 seconds (nightly Rust and cargo-fuzz)
	@for target in $(FUZZ_TARGETS); do \
		mkdir -p fuzz/target/corpus/$$target; \
		case $$target in roundtrip|*_ops) dict= ;; *) dict=-dict=fuzz/dict/mqtt.dict ;; esac; \
		$(CARGO) +nightly fuzz run $$target fuzz/target/corpus/$$target fuzz/corpus/$$target -- \
			$$dict -max_len=4096 -max_total_time=$(TIME) -print_final_stats=1 || exit 1; \
	done

fuzz-c: ## the C library through C for TIME=600 seconds (clang)
	@$(call need,clang); sh mqtt-ffi/scripts/fuzz_c.sh $(TARGET)/fuzz-c $(TIME)

bench-c: ## the codec through C beside the same in Rust: time and instructions
	@$(call need,valgrind); set -x; $(CARGO) build --locked --profile bench -p mqtt-benches --bin instr; \
		$(CARGO) build --locked --profile bench -p mqtt-ffi; \
		$(PYTHON) mqtt-ffi/scripts/bench.py $(TARGET)/release/instr $(TARGET)/release/libmqtt_ffi.a include $(ARGS)

bench-python: ## the Python package beside paho-mqtt, gmqtt and mqtt5, with ratios; writes mqtt-py/docs/speed.md and speed.svg
	sh mqtt-py/scripts/bench.sh speed $(TARGET)/wheel $(ARGS)

bench-python-e2e: ## the asyncio client beside paho-mqtt, aiomqtt and gmqtt through one mosquitto; writes mqtt-py/docs/e2e.md and e2e.svg
	sh mqtt-py/scripts/bench.sh e2e $(TARGET)/wheel $(ARGS)

site: ## the documentation site alone, in target/site/html (pip and npm get its tools)
	sh docs/site/build.sh $(TARGET)/site

c-sizes: ## how much the C library adds to a program
	@sh mqtt-ffi/scripts/sizes.sh $(TARGET)/c-sizes

wheel: ## the Python wheel, in target/wheel/dist, looked at by auditwheel, abi3audit and check-wheel-contents
	WHEEL_ONLY=1 sh mqtt-py/scripts/test_wheel.sh $(TARGET)/wheel
	@ls $(TARGET)/wheel/dist

install: ## the C library, its headers, for pkg-config and CMake, under PREFIX=/usr/local
	$(CARGO) build --locked --release -p mqtt-ffi
	sh mqtt-ffi/scripts/stage.sh $(TARGET)/release $(PREFIX) $(DESTDIR)

locks: ## bring the lockfiles up to date, with no newer versions than needed
	@for manifest in $(MANIFESTS); do \
		$(CARGO) update --workspace --manifest-path $$manifest || exit 1; \
	done

vectors: ## write the shared vectors anew
	$(PYTHON) tools/vectors/generate.py
	$(PYTHON) tools/vectors/topics.py

header: ## write include/mqtt_core.h anew
	MQC_UPDATE_HEADER=1 $(CARGO) test --locked -p mqtt-ffi --test header
