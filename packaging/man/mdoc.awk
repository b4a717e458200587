# Text for mdoc pages, shared by what makes them.

# TEXT without anything that roff would take for its own.
function plain(text)
{
	gsub(/\\/, "\\e", text)
	return text
}

# TEXT with Markdown's `code`, **strong** and [links](...), the last without their targets.
function inline(text, out, before, code)
{
	text = plain(text)
	while (match(text, /\[[^]]*\]\([^)]*\)/)) {
		before = substr(text, 1, RSTART - 1)
		code = substr(text, RSTART + 1, RLENGTH - 1)
		text = before substr(code, 1, index(code, "](") - 1) substr(text, RSTART + RLENGTH)
	}
	gsub(/\*\*/, "", text)
	out = ""
	while (match(text, /`[^`]*`/)) {
		out = out substr(text, 1, RSTART - 1) "\\fB" substr(text, RSTART + 1, RLENGTH - 2) "\\fR"
		text = substr(text, RSTART + RLENGTH)
	}
	return out text
}

function put_line(line)
{
	if (line ~ /^[.']/)
		line = "\\&" line
	print line
}

# Prints TEXT: each sentence begins a line, none is too long.
function put_text(text, n, word, i, line)
{
	n = split(text, word, /[ \t]+/)
	line = ""
	for (i = 1; i <= n; i++) {
		if (word[i] == "")
			continue
		if (line != "" && length(line) + 1 + length(word[i]) > 76) {
			put_line(line)
			line = ""
		}
		line = line (line == "" ? "" : " ") word[i]
		if (word[i] ~ /[.!?][)"']*(\\fR)?[)"']*$/) {
			put_line(line)
			line = ""
		}
	}
	if (line != "")
		put_line(line)
}

# An argument of a macro, whatever words are in it.
function quoted(text)
{
	gsub(/"/, "\\(dq", text)
	return "\"" text "\""
}
