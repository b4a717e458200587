
# WORDS: offers them; "@files" and the like are what there is on this machine.
_nimgate_offer()
{
	local word
	local -a words specs containers anchors refs

	for word; do
		case $word in
		@files) specs+=('files:file:_files') ;;
		@folders) specs+=('folders:folder:_files -/') ;;
		@containers) containers=("${(@f)$(_nimgate_names_containers)}"); specs+=('containers:container:compadd -a containers') ;;
		@anchors) anchors=("${(@f)$(_nimgate_names_anchors)}"); specs+=('anchors:anchor:compadd -a anchors') ;;
		@refs) refs=("${(@f)$(_nimgate_names_refs)}"); specs+=('versions:version:compadd -a refs') ;;
		@any) ;;
		*) words+=($word) ;;
		esac
	done
	[[ $#words == 0 ]] || specs+=('words:word:compadd -a words')
	[[ $#specs == 0 ]] || _alternative $specs
}
