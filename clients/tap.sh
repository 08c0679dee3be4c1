# TAP for the tests of clients, which source this.
tests=0 failed=0

# skip_absent STATUS WHAT: ends the test where Debian does not have WHAT (77), or
# where something else is wrong.
skip_absent() {
	if [ "$1" -eq 77 ]; then
		echo "ok 1 - $2 cannot be had here # SKIP"
		echo "1..1"
		exit 0
	fi
	[ "$1" -eq 0 ] || exit "$1"
}

# check WHAT COMMAND...
check() {
	what=$1
	shift
	tests=$((tests + 1))
	if "$@" > /dev/null; then
		echo "ok $tests - $what"
	else
		echo "not ok $tests - $what"
		failed=1
	fi
}

# check_replay LOG: its capture plays again, beside the model.
check_replay() {
	check "the capture plays again, and the model agrees" replays "$1"
}

replays() {
	status=0
	build/host/tests/replay/replay-lockstep -n 0 "$1" > "$1.replay" 2>&1 ||
		status=$?
	head -n 3 "$1.replay" | sed 's/^/# /' >&2
	return $status
}

# check_lines FILE: what a guest has said in TAP there, in our numbers.
check_lines() {
	grep -e '^ok ' -e '^not ok ' -e '^# ' "$1" > "$1.tap" || true
	while read -r verdict rest; do
		case $verdict in
		'#') echo "# $rest" ;;
		*) check "${rest#*- }" [ "$verdict" = ok ] ;;
		esac
	done < "$1.tap"
}

# trace_of LOG: one line a call, of a console trace or of a capture.
trace_of() {
	if [ "${CAPTURE:-}" ]; then
		build/host/tools/src/ffa-trace "$1"
	else
		tr -d '\r' < "$1"
	fi
}

complains_not() {
	! grep -e 'Internal error' -e 'WARNING: ' -e 'BUG:' -e Oops \
		-e 'Kernel panic' "$1" >&2
}

# verdict OUT: the plan, and on a failure what the secure console said last.
verdict() {
	echo "1..$tests"
	[ $failed -eq 0 ] || tail -n 20 "$1/secure.log" | tr -d '\r' |
		sed 's/^/# /'
	exit $failed
}
