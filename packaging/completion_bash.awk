# Prints the completion for bash. Behind values.awk.
BEGIN { FS = "\t"; order = 0 }

function seen(command)
{
	if (!(command in options)) {
		commands[++order] = command
		options[command] = ""
	}
}

FILENAME != ARGV[ARGC - 1] && $2 == "option" {
	seen($1)
	options[$1] = options[$1] " --" $3 ($5 == "switch" ? " --no-" $3 : "")
	if ($4 != "-")
		value[$1, $3] = $4
	if ($4 != "-")
		values[++count] = $1 SUBSEP $3
}
FILENAME != ARGV[ARGC - 1] && $1 == "-" && $2 == "command" { names = names (names == "" ? "" : " ") $3 }
FILENAME == ARGV[ARGC - 1] { places[++place_count] = $2 SUBSEP $3 SUBSEP $4 SUBSEP $5 }

# WORDS with blanks.
function spaced(words)
{
	gsub(/[|]/, " ", words)
	return words
}

function quoted(word)
{
	return "'" word "'"
}

END {
	print "# bash completion for nimgate. Made of its --help by packaging/completion.sh."
	print "# shellcheck shell=bash"
	print ""
	print "# COMMAND (\"-\": none): its options."
	print "_nimgate_options()\n{\n\tcase $1 in"
	for (i = 1; i <= order; i++)
		printf "\t%s) echo %s ;;\n", quoted(commands[i]), quoted(substr(options[commands[i]], 2))
	print "\tesac\n}\n"
	print "# COMMAND --OPTION: what its value may be; fails where it takes none."
	print "_nimgate_value()\n{\n\tcase $1:$2 in"
	for (i = 1; i <= count; i++) {
		split(values[i], key, SUBSEP)
		printf "\t%s) echo %s ;;\n", quoted(key[1] ":--" key[2]), quoted(spaced(option_value(key[1], value[key[1], key[2]])))
	}
	print "\t*) return 1 ;;\n\tesac\n}\n"
	print "# COMMAND NUMBER FIRST: what that plain word behind it may be."
	print "_nimgate_word()\n{\n\t[ \"$1\" != - ] || { echo " quoted(names) "; return; }"
	for (i = 1; i <= place_count; i++) {
		split(places[i], key, SUBSEP)
		test = "[ \"$1\" = " key[1] " ] && [ \"$2\" " (key[2] ~ /[+]/ ? "-ge " : "= ") (key[2] + 0) " ]"
		if (key[3] != "*")
			test = test " && [[ \"|" key[3] "|\" == *\"|$3|\"* ]]"
		print "\t! { " test "; } || echo " quoted(spaced(key[4]))
	}
	print "}\n"
}
