# The results of tests/bench/speed.sh as an SVG: a line for each model and peer, points at the ratios of wall and processor time, a bar
# between their quartiles, on a logarithmic axis. Light and dark by the reader's setting.
BEGIN {
	FS = "\t"
	names["evp"] = "OpenSSL, a thread for each CPU"
	names["openssl"] = "openssl dgst, xargs"
	names["sha256sum"] = "sha256sum"
	names["b3sum"] = "b3sum (BLAKE3)"
	names["reference"] = "model_signing"
	names["direct"] = "the disk alone, not hashing"
	first = -1.2 # exponents of 2 at the ends of the axis
	last = 5
	left = 250
	right = 780
	width = 800
	step = 22
}

/^# / && !machine { machine = substr($0, 3); next }
/^# [a-z]*: [0-9]* files of / { split($0, word, "[ :]+"); titles[word[2]] = title(word[2], word[3], word[6]); next }
/^#/ || $3 == "memory" { next }

{
	if (!(($1, $2) in seen))
		rows[++row_count] = $1 SUBSEP $2
	seen[$1, $2] = 1
	middle[$1, $2, $3] = $4
	lower[$1, $2, $3] = $5
	upper[$1, $2, $3] = $6
	if ($4 > 2 ^ last)
		last = int(log($4) / log(2)) + 1
	if ($4 < 2 ^ first)
		first = -2.2
}

function title(model, count, bytes) {
	return (count == 1 ? "one file" : count " files") " of " size(bytes) \
		(model == "cold" ? ", from the disk" : model == "past" ? ", from the disk, --read direct" : ", in memory")
}

function size(bytes) {
	if (bytes >= 1e9)
		return bytes / 1e9 " GB"
	return bytes >= 1e6 ? bytes / 1e6 " MB" : bytes / 1024 " KiB"
}

function place(ratio, exponent) {
	exponent = log(ratio > 0 ? ratio : 2 ^ first) / log(2)
	if (exponent < first)
		exponent = first
	if (exponent > last)
		exponent = last
	return left + (right - left) * (exponent - first) / (last - first)
}

function escape(text) {
	gsub(/&/, "\\&amp;", text)
	gsub(/</, "\\&lt;", text)
	return text
}

function label(model, peer) {
	if (model == "one" && peer == "openssl")
		return "openssl dgst"
	return names[peer]
}

function mark(row, measure, y, key) {
	key = row SUBSEP measure
	body = body sprintf("<line class=\"spread %s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n", measure, place(lower[key]),
		place(upper[key]), y, y)
	body = body sprintf("<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"><title>%s: %.2f (%.2f to %.2f)</title></circle>\n",
		measure, place(middle[key]), y, measure, middle[key], lower[key], upper[key])
}

function rightmost(row, wall, cpu) {
	wall = place(upper[row, "wall"])
	cpu = row ~ /direct$/ ? 0 : place(upper[row, "cpu"])
	return wall > cpu ? wall : cpu
}

function draw_rows(i, at, model, y) {
	y = 74
	for (i = 1; i <= row_count; i++) {
		split(rows[i], at, SUBSEP)
		if (at[1] != model) {
			y += step * 1.4
			body = body sprintf("<text class=\"title\" x=\"12\" y=\"%.1f\">%s</text>\n", y, titles[at[1]])
			model = at[1]
		}
		y += step
		body = body sprintf("<text class=\"name\" x=\"%d\" y=\"%.1f\">%s</text>\n", left - 12, y, label(at[1], at[2]))
		if (at[2] != "direct")
			mark(rows[i], "cpu", y - 1)
		mark(rows[i], "wall", y - 7)
		body = body sprintf("<text class=\"value\" x=\"%.1f\" y=\"%.1f\">%.2f</text>\n", rightmost(rows[i]) + 9, y - 1,
			middle[rows[i], "wall"])
	}
	return y
}

function draw_axis(bottom, e) {
	for (e = int(first); e <= last; e++) {
		printf "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"78\" y2=\"%.1f\"/>\n", e ? "grid" : "one", place(2 ^ e), place(2 ^ e),
			bottom + 8
		printf "<text class=\"axis\" x=\"%.1f\" y=\"%.1f\">%s×</text>\n", place(2 ^ e), bottom + 24, e == -2 ? "¼" : e == -1 ? "½" : 2 ^ e
	}
}

# Plain properties: many viewers know no variables.
function colours(paper, ink, faint, grid, wall, cpu) {
	return ".paper, circle.cpu { fill: " paper " }\n" \
		"text { fill: " ink " }\n" \
		"text.axis, text.note { fill: " faint " }\n" \
		"text.value, circle.wall { fill: " wall " }\n" \
		".grid { stroke: " grid " }\n" \
		".one { stroke: " faint " }\n" \
		".spread.wall { stroke: " wall " }\n" \
		".spread.cpu, circle.cpu { stroke: " cpu " }"
}

END {
	bottom = draw_rows()
	printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %.0f\" width=\"%d\" height=\"%.0f\" role=\"img\">\n", width,
		bottom + 56, width, bottom + 56
	print "<title>Time that others take, as a multiple of nimgate's</title>"
	print "<style>"
	print "text { font: 12px system-ui, sans-serif }"
	print "text.head { font-size: 16px; font-weight: 600 }"
	print "text.title { font-weight: 600 }"
	print "text.name { text-anchor: end }"
	print "text.axis { text-anchor: middle }"
	print "text.note { font-size: 11px }"
	print "circle.cpu { stroke-width: 2 }"
	print ".spread { stroke-width: 3; stroke-linecap: round; stroke-opacity: .5 }"
	print colours("#ffffff", "#1f2328", "#59636e", "#d8dee4", "#0969da", "#bc4c00")
	print "@media (prefers-color-scheme: dark) {"
	print colours("#0d1117", "#f0f6fc", "#9198a1", "#30363d", "#58a6ff", "#f0883e")
	print "}"
	print "</style>"
	printf "<rect width=\"%d\" height=\"%.0f\" class=\"paper\"/>\n", width, bottom + 56
	print "<text class=\"head\" x=\"12\" y=\"26\">Time that others take to hash a model, as a multiple of nimgate verify</text>"
	print "<circle class=\"wall\" cx=\"18\" cy=\"44\" r=\"4\"/><text x=\"30\" y=\"48\">wall time</text>"
	print "<circle class=\"cpu\" cx=\"108\" cy=\"44\" r=\"4\"/><text x=\"120\" y=\"48\">processor time</text>"
	print "<text class=\"note\" x=\"226\" y=\"48\">medians of pairs, bars between their quartiles; right of 1×: nimgate is faster</text>"
	printf "<text class=\"note\" x=\"12\" y=\"68\">%s</text>\n", escape(machine)
	draw_axis(bottom)
	printf "%s</svg>\n", body
}
