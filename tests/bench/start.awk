# The results of one row of start.sh as text: awk -v row= -v limit= -v aim= -v kib= -f start.awk times steps
function middle(values, count,   i, j, t) {
	for (i = 2; i <= count; i++) {
		t = values[i]
		for (j = i - 1; j > 0 && values[j] > t; j--)
			values[j + 1] = values[j]
		values[j + 1] = t
	}
	return (values[int((count + 1) / 2)] + values[int(count / 2) + 1]) / 2
}

function spread(column) {
	return sprintf("%6.2f (%5.2f to %5.2f, least %5.2f)", $(column + 2), $(column + 1), $(column + 3), $column)
}

FNR == NR {
	verdict = limit == "-" ? "" : $11 <= aim ? "; aim " aim " reached" : \
		$11 <= limit ? "; limit " limit " kept, aim " aim " not reached" : "; limit " limit " NOT kept"
	printf "%s: manifest of %d KiB\n", row, kib
	printf "  wall  NIM     %s\n        other   %s\n        over it %s%s\n", spread(1), spread(5), spread(9), verdict
	printf "  CPU   NIM     %s\n        other   %s\n        over it %s\n", spread(13), spread(17), spread(21)
	next
}

$1 == "run" {
	walls[++runs] = $2
	next
}

{
	if (!($1 in place)) {
		place[$1] = ++steps
		name[steps] = $1
	}
	step = place[$1]
	value[step, ++seen[step]] = $2
	calls[step] = $3
}

END {
	for (step = 1; step <= steps; step++) {
		for (i = 1; i <= seen[step]; i++)
			values[i] = value[step, i]
		printf "    %-28s %7.3f  in %d calls\n", name[step], middle(values, seen[step]), calls[step]
	}
	printf "    %-28s %7.3f\n", "whole run, so measured", middle(walls, runs)
}
