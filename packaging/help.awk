# Reads what a program's --help prints, which is its table of options, and prints it as rows, fields parted by tabs. Man pages and completions
# are made of these.
#
#   usage    WORDS                          one row a line of the usage, without the program's name
#   about    TEXT                           the description, lines as they are
#   command  NAME WORDS SUMMARY             of nimgate alone: a command of its list
#   option   NAME VALUE switch|list|- HELP  NAME without hyphens; VALUE "-": it takes none
BEGIN { OFS = "\t"; part = "usage" }

function flush_option()
{
	if (name != "")
		print "option", name, value, kind, help
	name = ""
}

function flush_command()
{
	if (command != "")
		print "command", command, command_words, summary
	command = ""
}

function flush_usage()
{
	if (usage != "")
		print "usage", usage
	usage = ""
}

function begin_option(line, end)
{
	flush_option()
	sub(/^  (-h, )?/, "", line)
	end = match(line, /  +/)
	help = end ? substr(line, RSTART + RLENGTH) : ""
	line = end ? substr(line, 1, RSTART - 1) : line
	kind = line ~ / \.\.\.$/ ? "list" : line ~ /^--\[no-\]/ ? "switch" : "-"
	sub(/ \.\.\.$/, "", line)
	sub(/^--(\[no-\])?/, "", line)
	value = line ~ / / ? substr(line, index(line, " ") + 1) : "-"
	name = line
	sub(/ .*/, "", name)
}

function trimmed(line)
{
	sub(/^ +/, "", line)
	return line
}

part == "usage" && /^usage: / { usage = substr($0, 8); next }
part == "usage" && /^       [^ ]/ { flush_usage(); usage = trimmed($0); next }
part == "usage" && /^        / { usage = usage " " trimmed($0); next }
part == "usage" && /^$/ { flush_usage(); part = "about"; next }
/^  (-h, )?--/ { flush_command(); part = "options"; begin_option($0); next }
part == "options" && /^ / { help = help (help == "" ? "" : " ") trimmed($0); next }
part == "about" && /^  [a-z][^ ]*.*  / {
	flush_command()
	command = $1
	match($0, /[^ ]  +/)
	command_words = trimmed(substr($0, 1, RSTART))
	summary = substr($0, RSTART + RLENGTH)
	print "about", $0
	next
}
part == "about" {
	if (command != "" && /^   /)
		summary = summary " " trimmed($0)
	else
		flush_command()
	print "about", $0
}
END { flush_usage(); flush_command(); flush_option() }
