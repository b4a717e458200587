# Turns rows of packaging/help.awk into parts of a mdoc page (-v part=synopsis|description|options|commands). Behind mdoc.awk.
BEGIN { FS = "\t"; item = 0; open = 0 }

# A line of the usage: values in italics, all else in bold.
function usage_line(text, n, word, i, out, bare)
{
	n = split(text, word, " ")
	out = ""
	for (i = 1; i <= n; i++) {
		bare = word[i]
		gsub(/\[|\]|\.\.\./, "", bare)
		out = out (out == "" ? "" : " ") (bare ~ /^[A-Z]+(\|[A-Z]+)*$/ ? "\\fI" word[i] "\\fR" : "\\fB" plain(word[i]) "\\fR")
	}
	return out
}

part == "synopsis" && $1 == "usage" {
	lines = split($2, usage, / \| /)
	for (i = 1; i <= lines; i++) {
		if (seen++)
			print ".Pp"
		put_line(usage_line((usage[i] ~ /^nimgate/ ? "" : "nimgate ") usage[i]))
	}
}

function end_text()
{
	if (text != "")
		put_text(inline(text))
	text = ""
}

function end_list()
{
	end_text()
	if (item)
		print ".El"
	item = 0
}

part == "description" && $1 == "about" {
	line = $2
	left = match(line, /[^ ]/) - 1
	gap = match(substr(line, left + 1), /[^ ]  +/)
	if (line == "") {
		end_text()
		blank = 1
	} else if (gap) {
		behind = left + RSTART + RLENGTH
		end_text()
		if (!item) {
			print ".Bl -tag -width Ds"
			item = 1
		}
		print ".It " quoted("\\fB" plain(substr(line, left + 1, gap)) "\\fR")
		text = substr(line, behind)
		blank = 0
	} else if (item && left) {
		text = text " " line
	} else {
		if (item)
			end_list()
		if (blank && said)
			print ".Pp"
		blank = 0
		said = 1
		text = text " " line
	}
	if (item)
		said = 1
}

part == "options" && $1 == "option" {
	if (!open++)
		print ".Bl -tag -width Ds"
	print ".It Fl " ($2 == "help" ? "h , Fl -help" : "-" ($4 == "switch" ? "[no-]" : "") $2) ($3 == "-" ? "" : " Ar " quoted($3)) ($4 == "list" ? " Ar ..." : "")
	put_text(inline($5))
}

END {
	if (part == "description")
		end_list()
	if (open)
		print ".El"
}
