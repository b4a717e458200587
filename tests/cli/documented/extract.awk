# What a page of Markdown shows as code, one row each: FILE:LINE, TAB, "block" or "span", TAB, number of the block, TAB, the text. The lines of an
# indented or fenced block are rows of their own; a span in running text may go over a line's end.
function spans(text, line,    parts, n, i)
{
	n = split(text, parts, "`")
	for (i = 2; i <= n; i += 2)
		if (parts[i] != "") {
			gsub(/[ \n]+/, " ", parts[i])
			printf "%s:%d\tspan\t0\t%s\n", page, line, parts[i]
		}
}

function paragraph()
{
	if (text != "")
		spans(text, first)
	text = ""
}

FNR == 1 {
	paragraph()
	blank = 1
	inside = fenced = 0
	page = FILENAME
}

/^ *```/ {
	paragraph()
	fenced = !fenced
	if (fenced)
		block++
	next
}

fenced || (/^(    |\t)/ && (blank || inside) && !/^ *$/) {
	paragraph()
	if (!inside && !fenced)
		block++
	inside = 1
	shown = $0
	sub(/^(    |\t)/, "", shown)
	printf "%s:%d\tblock\t%d\t%s\n", FILENAME, FNR, block, shown
	next
}

/^[ \t]*$/ {
	paragraph()
	blank = 1
	next
}

# A row of a table, or an item of a list, ends what is before it.
/^\|/ || /^ *[-*0-9]+\.? / || /^#/ {
	paragraph()
}

{
	blank = /^#/
	inside = 0
	if (text == "")
		first = FNR
	text = text $0 "\n"
}

END {
	paragraph()
}
