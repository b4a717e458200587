# The results of tests/bench/speed.sh as a table, and which of the goals they reach: awk -f report.awk goals.tsv speed.tsv
BEGIN { FS = "\t" }

/^#/ { next }

FNR == NR {
	key = $1 SUBSEP $2 SUBSEP $3
	goals[++goal_count] = key
	figure[key] = $4
	aim[key] = $5
	text[key] = $6
	next
}

{
	median[$1, $2, $3] = $4
	spread[$1, $2, $3] = sprintf("%.2f to %.2f", $5, $6)
	own[$1, $2, $3] = $7
	other[$1, $2, $3] = $8
	rounds[$1, $2] = $9
	if ($3 == "wall")
		rows[++row_count] = $1 SUBSEP $2
}

function verdict(key, lower) {
	lower = key ~ /memory$/
	if (lower ? median[key] <= aim[key] : median[key] >= aim[key])
		return "aim reached"
	if (lower ? median[key] <= figure[key] : median[key] >= figure[key])
		return "reached"
	return "NOT reached"
}

END {
	printf "%-6s %-10s %6s  %-15s %6s  %-15s %8s %8s %6s\n", "model", "peer", "wall", "quartiles", "CPU", "quartiles", "ours s",
		"peer s", "pairs"
	for (i = 1; i <= row_count; i++) {
		split(rows[i], at, SUBSEP)
		wall = rows[i] SUBSEP "wall"
		cpu = rows[i] SUBSEP "cpu"
		printf "%-6s %-10s %6.2f  %-15s %6.2f  %-15s %8.3f %8.3f %6d\n", at[1], at[2], median[wall], spread[wall], median[cpu],
			spread[cpu], own[wall], other[wall], rounds[rows[i]]
	}
	for (i = 1; i <= goal_count; i++)
		if (goals[i] in median)
			printf "%-12s %6.2f (figure %s, aim %s): %s\n", verdict(goals[i]), median[goals[i]], figure[goals[i]], aim[goals[i]],
				text[goals[i]]
}
