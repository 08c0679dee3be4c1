# Escrow: what a developer types. meson and ninja build; the scripts in tools/
# do the rest. Every target first installs the Debian packages it lacks.

.DEFAULT_GOAL := help
.PHONY: help setup firmware image image-clang host run check quick bench \
	run-linux test-linux test-optee test-uboot test-kexec test-clients \
	stress replay selftest reasons states demo-tools install deb format format-check \
	fresh-check clean

help:
	@echo 'make run           the story, on QEMU: firmware, Escrow, two partitions, a client; its picture'
	@echo 'make check         everything that can be tested; totals at the end'
	@echo 'make quick         the same in about three minutes from a built tree, the longest parts left out'
	@echo 'make run-linux     Debian arm64 kernel above Escrow, to a shell'
	@echo 'make test-linux    it shares memory with a partition: PAGES=16k, PKVM=1, ROUNDS=2000'
	@echo 'make test-optee    OP-TEE as a partition, xtest in Linux: XTEST="4001 -l 1", TRACE=1'
	@echo 'make test-uboot    U-Boot at FF-A 1.0, then Linux at 1.2, in one boot'
	@echo 'make test-clients  all of these, every kind, with captures that play again: a quarter of an hour'
	@echo 'make test-kexec    kernels that follow each other without a word, and what they leave'
	@echo 'make bench         instructions per call, beside the goals; how they grow'
	@echo 'make image         build/escrow-spmc.bin: flat, loads at 0x0e100000'
	@echo 'make image-clang   the image and the guests with Clang, in build/image-clang'
	@echo 'make host          simulator and tests of the host, in build/host'
	@echo 'make demo-tools    what the tools are for, step by step; every step is looked at'
	@echo 'make stress        every call at random on four CPUs for TIME seconds (60), host and QEMU'
	@echo 'make replay        a capture, LOG=file, in the engine and the model in lockstep; EVERY=1 compares all'
	@echo 'make selftest      plants faults in the engine; each must fail a test'
	@echo 'make states        docs/states.svg and the table of docs/PARTITIONS.md, from the source'
	@echo 'make reasons       docs/REASONS.md from reason.def, its advice and the sources'
	@echo 'make install       the tools for users, to $$DESTDIR$$PREFIX (/usr/local)'
	@echo 'make deb           the same as a Debian package, in build/deb'
	@echo 'make format        clang-format over our files; format-check only tells'
	@echo 'make fresh-check   README on a minimal Debian: SUITE=bookworm or trixie (root)'
	@echo 'make clean         removes build/'

setup:
	@tools/setup

firmware: setup
	@tools/firmware

image: firmware
	@tools/configure build/image --cross-file cross/gcc.ini
	@ninja -C build/image --quiet
	@cp build/image/escrow-spmc.bin build/escrow-spmc.bin

image-clang: firmware
	@tools/configure build/image-clang --cross-file cross/clang.ini
	@ninja -C build/image-clang --quiet

host: firmware
	@tools/configure build/host -Doptimization=1 \
		-Db_sanitize=address,undefined
	@ninja -C build/host --quiet

run: image
	@tools/story

check: setup
	@tools/check

quick: setup
	@tools/check quick

run-linux: image
	@clients/linux/run

test-linux: image
	@clients/linux/test

test-optee: image
	@clients/optee/test $(XTEST)

test-uboot: image
	@clients/uboot/test

test-kexec: image
	@clients/kexec/test

test-clients: image host
	@rm -rf build/results-clients
	@ESCROW_RESULTS=$(CURDIR)/build/results-clients clients/check full
	@tools/summary --suites build/results-clients

bench: image
	@tools/growth --write
	@tools/bench --write

demo-tools: host
	@tools/demo

stress: host image
	@tools/stress $(or $(TIME),60)

replay: host
	@build/host/tests/replay/replay-lockstep -n $(or $(EVERY),0) $(LOG)

selftest: host
	@tests/selftest/run

reasons:
	@tools/reasons

states:
	@tools/states

install:
	@DESTDIR='$(DESTDIR)' PREFIX='$(PREFIX)' tools/install

deb:
	@tools/deb

format: setup
	@tools/format

format-check: setup
	@tools/format --check

fresh-check: setup
	@tools/fresh-check $(SUITE)

clean:
	rm -rf build
