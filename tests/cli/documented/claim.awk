# Does a test run the command that a page shows? Prints what it lacks and fails, or prints nothing. -v shown=COMMAND -v file=TEST -v words=WORDS
# -v root=FOLDER/.
#
# WORDS, in parts by " ... ", pick lines of TEST ("@OTHER WORDS": of another test): whole ones, what a backslash continues included, comments
# not. Together these lines must have each word of the command: its program by one of its names, its plain words, its options. Its values, which
# are the page's own, they need not have: names in capitals, paths, numbers, what is quoted, NAME=VALUE.
BEGIN {
	names["nimgate"] = "[$]N|[$]NIMGATE|run|expect|nimgate" # run() and expect(): tests/cli/lib.bash
	names["docker"] = "[$]DOCKER|docker"
	names["podman"] = "PODMAN|podman"
	names["runc"] = "engine|runc"
	names["kubectl"] = "k|kubectl"
	names["apt"] = "apt_in_root|apt"
	names["dnf"] = "rpm_in_root" # dnf fetches what rpm then installs
	names["make"] = "make|make-[a-z]+[.]sh" # what the target calls
	names["man"] = "shows|man"
	names["model_signing"] = "[$]reference|model_signing"
	if (!collect(words))
		exit 1
	check(shown)
	if (lacking != "")
		print file ": lacks" lacking
	exit lacking != ""
}

function collect(words, part, n, i, place)
{
	n = split(words, part, / \.\.\. /)
	for (i = 1; i <= n; i++) {
		place = file
		if (part[i] ~ /^@/) {
			place = substr(part[i], 2)
			sub(/ .*/, "", place)
			sub(/^[^ ]* /, "", part[i])
		}
		if (part[i] == "" || !pick(place, part[i])) {
			print "'" part[i] "' does not stand in " place
			return 0
		}
	}
	return n
}

# Adds the lines of PLACE that have WORDS to text.
function pick(place, words, line, whole, found, status)
{
	while ((status = (getline line < (root place))) > 0) {
		whole = whole line
		if (sub(/\\$/, " ", whole))
			continue
		if (whole !~ /^[ \t]*#/ && index(whole, words)) {
			text = text " " whole
			found = 1
		}
		whole = ""
	}
	close(root place)
	return found && status == 0
}

function has(pattern)
{
	return text ~ ("(^|[^A-Za-z0-9_-])(" pattern ")($|[^A-Za-z0-9_-])")
}

function need(word, pattern)
{
	if (!has(pattern))
		lacking = lacking " '" word "'"
}

function check(command, word, n, i, bare, first)
{
	n = split(command, word, " ")
	first = 1
	for (i = 1; i <= n; i++) {
		bare = word[i]
		if (bare ~ /^(&&|\||;)$/) {
			first = 1
			continue
		}
		if (bare ~ /^[A-Z_]+=/ || bare ~ /^[<>'"$0-9(]/ || bare ~ /\.\.\./)
			continue
		if (first) {
			sub(/.*\//, "", bare)
			if (bare ~ /^-/)
				need(bare, literal(option(bare)))
			else
				need(bare, bare in names ? names[bare] : literal(bare))
			first = 0
		} else if (bare ~ /^-/) {
			need(option(bare), literal(option(bare)))
		} else if (bare ~ /^[a-z][a-z0-9-]*(\.(service|timer|path))?$/) {
			need(bare, literal(bare))
		}
	}
}

function option(word)
{
	sub(/[=\[].*/, "", word)
	return word
}

function literal(word)
{
	gsub(/\./, "[.]", word)
	return word
}
