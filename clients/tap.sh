# TAP for the tests of clients, which source this.
tests=0 failed=0

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
	check "the capture plays again, and the model agrees" \
		build/host/tests/replay/replay-lockstep -n 0 "$1"
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
