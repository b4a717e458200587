# Prints the completion for zsh. Behind values.awk.
BEGIN { FS = "\t"; order = 0 }

function seen(command)
{
	if (!(command in specs)) {
		commands[++order] = command
		specs[command] = ""
	}
}

# What _arguments does for words of value_of(). With a blank in front, _arguments adds nothing to the call.
function action(words)
{
	if (words !~ /@/) {
		gsub(/[|]+/, " ", words)
		return "(" words ")"
	}
	if (words == "@any")
		return " "
	gsub(/[|]+/, " ", words)
	return " _nimgate_offer " words
}

function escaped(text)
{
	gsub(/\\/, "\\\\", text)
	gsub(/\[/, "\\[", text)
	gsub(/\]/, "\\]", text)
	gsub(/:/, "\\:", text)
	gsub(/'/, "'\\''", text)
	return text
}

function add(command, spec)
{
	specs[command] = specs[command] " \\\n\t\t\t'" spec "'"
}

FILENAME != ARGV[ARGC - 1] && $2 == "option" && $3 != "help" {
	seen($1)
	spec = ($5 == "list" ? "*" : "") "--" $3 "[" escaped($6) "]"
	if ($4 != "-")
		spec = spec ":" escaped($4) ":" action(option_value($1, $4))
	add($1, spec)
	if ($5 == "switch")
		add($1, "--no-" $3)
}
FILENAME != ARGV[ARGC - 1] && $2 == "option" && $3 == "help" {
	seen($1)
	add($1, "(- *)--help[" $6 "]")
}
FILENAME != ARGV[ARGC - 1] && $1 == "-" && $2 == "command" { names = names "\n\t\t'" $3 ":" escaped($5) "'" }
# zsh offers the words of every line: which one is meant, the first word tells when it is there.
FILENAME == ARGV[ARGC - 1] && !(($2, $3, $5) in placed) {
	placed[$2, $3, $5] = 1
	number = $3 + 0
	if (number > most[$2])
		most[$2] = number
	if (number < 3 || $5 !~ /@any/)
		where[$2, number] = where[$2, number] (where[$2, number] == "" ? "" : "|") $5
	if ($3 ~ /[+]/)
		again[$2] = $5
}
END {
	print "#compdef nimgate"
	print "# zsh completion for nimgate. Made of its --help by packaging/completion.sh."
	print "_nimgate()\n{\n\tlocal curcontext=$curcontext context state state_descr line"
	print "\ttypeset -A opt_args"
	print "\tlocal -a commands=(" names "\n\t)\n"
	print "\t_arguments -C" specs["-"] " \\\n\t\t\t'1:command:->command' '*::argument:->arguments' && return"
	print "\tcase $state in\n\tcommand) _describe -t commands command commands ;;\n\targuments)\n\t\tcase $words[1] in"
	for (i = 1; i <= order; i++) {
		command = commands[i]
		if (command == "-")
			continue
		printf "\t\t%s)\n\t\t\t_arguments%s", command, specs[command]
		for (number = 1; number <= most[command]; number++)
			printf " \\\n\t\t\t'%d::word:%s'", number, action(where[command, number])
		if (command in again)
			printf " \\\n\t\t\t'*:word:%s'", action(again[command])
		print " ;;"
	}
	print "\t\tesac ;;\n\tesac\n}\n"
	print "_nimgate \"$@\""
}
