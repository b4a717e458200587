# Reads rows of help.awk behind a command's name, and prints what may stand where:
#
#   place  COMMAND NUMBER FIRST WORDS   the NUMBERth plain word behind COMMAND, where the first one is one of FIRST (a|b; "*": whatever);
#                                       WORDS are a|b, a value being what value_of() says. Behind values.awk.
BEGIN { FS = OFS = "\t" }
$1 == "-" || $2 != "usage" { next }
{
	lines = split($3, line, / \| /)
	for (i = 1; i <= lines; i++)
		read_line($1, line[i])
}

# Lists of values and words (--all|PATH) keep the words' place.
function choices(command, token, n, choice, i, all)
{
	gsub(/\[|\]|\.\.\./, "", token)
	n = split(token, choice, "|")
	for (i = 1; i <= n; i++) {
		if (choice[i] ~ /^--/)
			continue
		all = all (all == "" ? "" : "|") (choice[i] ~ /^[a-z]/ ? choice[i] : value_of(command, choice[i], 0))
	}
	return all
}

function read_line(command, text, n, token, i, number, first, words, repeat)
{
	sub(/^(nimgate )?[a-z-]+ ?/, "", text)
	n = split(text, token, " ")
	number = 0
	first = "*"
	for (i = 1; i <= n; i++) {
		if (token[i] ~ /^\[?(--|OPTION)/ && token[i] !~ /\|/) {
			# An option; its value is no plain word.
			if (token[i] !~ /\]/ && i < n && token[i + 1] !~ /^\[?--/)
				i++
			continue
		}
		words = choices(command, token[i])
		repeat = token[i] ~ /\.\.\./ ? "+" : ""
		print "place", command, ++number repeat, first, words
		if (number == 1 && words !~ /@/)
			first = words
	}
}
