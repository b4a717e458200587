# What a name in capitals, behind an option or as a word of a usage line, stands for: words as a|b, or @files, @folders, @containers (ids in
# the decision log), @anchors (names in the trust folder), @refs (versions whose signatures lie here, or that are locked), @any. -v reasons=a|b.
function value_of(command, name, is_option)
{
	if (name ~ /^(FILE|PATH|MODEL|TABLE|CERTIFICATE)$/)
		return "@files"
	if (name ~ /^(DIR|DIRECTORY|FOLDER|BUNDLE)$/)
		return "@folders"
	if (name ~ /^(REF|REFERENCE)$/)
		return "@refs"
	if (name == "LEVEL")
		return "DEBUG|INFO|WARNING|ERROR|CRITICAL"
	if (name == "ENGINE")
		return "docker|podman|containerd"
	if (command == "explain" && name == "ID")
		return "@containers"
	if (command == "explain" && name == "WORD")
		return reasons
	if (command == "trust" && name == "NAME" && !is_option)
		return "@anchors"
	return "@any"
}

# The value of an option: choices as they stand, else what its name stands for.
function option_value(command, value)
{
	return value ~ /[|]/ && value !~ /[A-Z]/ ? value : value_of(command, value, 1)
}
