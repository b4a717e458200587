# Turns Markdown, as docs/ uses it, into mdoc: the whole file, or the section with the heading SECTION (-v section=...). Behind mdoc.awk.
BEGIN { inside = section == ""; block = ""; after = 0 }

# A paragraph begins with .Pp where text or a list stands before it.
function begin_text()
{
	if (after)
		print ".Pp"
	after = 1
}

function end_block(i)
{
	if (block == "text") {
		begin_text()
		put_text(inline(text))
	} else if (block == "item") {
		put_text(inline(text))
		if (!more)
			print ".El"
		after = 1
	} else if (block == "code") {
		print ".Ed"
		after = 1
	} else if (block == "table") {
		print ".El"
		after = 1
	}
	block = text = ""
}

function heading(title)
{
	end_block()
	print ".Ss " quoted(inline(title))
	after = 0
}

function begin_item(kind)
{
	if (block == "item") {
		more = 1
		end_block()
		more = 0
	} else {
		end_block()
		print ".Bl -" kind " -width Ds"
	}
	print ".It"
	block = "item"
}

function row(line, n, cell, i, said)
{
	gsub(/\\\|/, "\001", line)
	sub(/^\| */, "", line)
	sub(/ *\| *$/, "", line)
	n = split(line, cell, / *\| */)
	for (i = 1; i <= n; i++)
		gsub(/\001/, "|", cell[i])
	if (block != "table") {
		end_block()
		print ".Bl -tag -width Ds"
		block = "table"
		for (i = 1; i <= n; i++)
			header[i] = cell[i]
		rows = 0
		return
	}
	if (line ~ /^[-: |]+$/)
		return
	# A row without a first cell goes on with the one before.
	if (cell[1] != "")
		print ".It " quoted(inline(cell[1]))
	else
		print ".Pp"
	if (n > 3) {
		for (i = 2; i <= n; i++) {
			if (i > 2)
				print ".Pp"
			put_text(inline(header[i] ": " cell[i]))
		}
		return
	}
	said = cell[2]
	if (n == 3)
		said = said (said != "" && cell[3] != "" ? ": " : "") cell[3]
	put_text(inline(said))
}

# An indented block is code only behind an empty line; within an item it is text of the item.
function code(line)
{
	if (block != "code") {
		end_block()
		print ".Bd -literal -offset indent"
		block = "code"
	}
	put_line(plain(line))
}

/^```/ { fenced = !fenced; if (inside && fenced) { end_block(); print ".Bd -literal -offset indent"; block = "code" } else if (inside) end_block(); next }
inside && fenced { put_line(plain($0)); next }
/^#/ {
	level = index($0, " ") - 1
	title = substr($0, level + 2)
	if (section != "") {
		if (title == section) {
			inside = level
			next
		}
		if (inside && level <= inside) {
			end_block()
			inside = 0
		}
	}
	if (inside && level > 1)
		heading(title)
	next
}
!inside { next }
/^$/ { if (block == "code" || block == "item") empty++; else end_block(); next }
/^    / && (block != "item" && block != "text") { if (block == "code" && empty) print ""; empty = 0; code(substr($0, 5)); next }
/^\|/ { empty = 0; row($0); next }
/^- / { empty = 0; begin_item("bullet"); text = substr($0, 3); next }
/^[0-9]+\. / { empty = 0; begin_item("enum"); text = substr($0, index($0, " ") + 1); next }
block == "item" && /^  / { if (empty) { put_text(inline(text)); text = ""; print ".Pp" } empty = 0; text = text " " $0; next }
block == "item" || block == "code" { if (empty) end_block(); empty = 0 }
{
	if (block != "text" && block != "item")
		end_block()
	if (block == "")
		block = "text"
	text = text " " $0
}
END { end_block() }
