# From "strace -k": each place in the program that makes a system call, once: "CALL NUMBER PLACE". NUMBER counts that call's uses, as
# strace's when= does; PLACE is the chain of functions down from admit() or main().
function flush() {
	if (call != "" && place ~ /<main\+/ && !(place in seen))
		print call, count[call], place
	if (call != "")
		seen[place] = 1
}
/^[a-z_0-9]+\(/ {
	flush()
	call = $0
	sub(/\(.*/, "", call)
	count[call]++
	place = call
	next
}
/^ > / {
	name = $0
	sub(/.*\(/, "", name)
	sub(/\).*/, "", name)
	place = place "<" name
}
END { flush() }
