# The front door; Meson does the work. `make demo` and `make test` need a Debian 12 machine and nothing else:
# what is missing is installed first (tools/setup says what, and asks). Everything made lies in build/.
BUILD ?= build
DESTDIR ?=
PREFIX ?= /usr/local
SECONDS_EACH ?= 600

.PHONY: all demo test check long bench bench-language fuzz coverage format install deb clean

all:                    # the program
	@tools/setup build
	@tools/build $(BUILD)
demo: all               # the whole thing on this machine: database, application, load, mail, Reeve; Ctrl-C removes it
	@exec examples/acme/demo $(BUILD)
test:                   # every test; the last line counts them
	@tools/setup test
	@tests/run $(BUILD)
check:                  # what a change must pass beside its tests: compilers, sanitizers, analysers, house rules
	@tools/setup check
	@tools/check $(BUILD)
long: check             # hours: fuzzers at length, valgrind, the contract with real servers
	@tools/long $(BUILD)
bench: all              # measurements beside a bound or a peer, in one run
	@bench/run $(BUILD)
bench-language: all     # the reader against the labels made by hand, kind by kind
	@tests/language/measure.py $(BUILD)/src/main/reeve ../shared
fuzz:                   # each fuzzer for SECONDS_EACH seconds
	@tools/setup check
	@tools/fuzz $(BUILD)/fuzz $(SECONDS_EACH)
coverage:               # lines and branches of the unit tests, on a build of their own
	@tools/setup check
	@tools/coverage $(BUILD)/coverage
format:                 # the sources as .clang-format has them
	@tools/setup check
	@tools/format
install:                # DESTDIR and PREFIX are honoured
	@tools/build $(BUILD)/install --prefix=$(PREFIX) --buildtype=release
	@DESTDIR=$(DESTDIR) meson install --no-rebuild -C $(BUILD)/install
deb:                    # the Debian package, beside this folder
	@tools/setup deb
	dpkg-buildpackage -us -uc -b
clean:
	rm -rf $(BUILD)
