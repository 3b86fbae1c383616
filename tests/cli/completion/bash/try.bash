. ./completion.bash
try() {
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
	_ctxcut
	echo "$* => $(printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort | paste -sd '|')"
}
try ctxcut ''
try ctxcut sh
try ctxcut show ''
try ctxcut show --c
try ctxcut --for
try ctxcut --format ''
try ctxcut --format = j
try ctxcut -o ''
try ctxcut --store-dir ''
try ctxcut --budget ''
try ctxcut help t
try ctxcut tokens -f ''
try ctxcut show --budg
