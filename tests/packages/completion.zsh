# What zsh, on a terminal of its own, makes of "nimgate LINE" and a tab: what it prints until PATTERN comes. In a folder with _nimgate.
# Arguments: LINE PATTERN. Does not end by itself where PATTERN does not come.
zmodload zsh/zpty
zpty z zsh -f -i
zpty -w z 'PROMPT=; unset RPROMPT; _nimgate_root=$PWD/root; fpath=($PWD $fpath); autoload -Uz compinit; compinit -D -u; LISTMAX=1000; COLUMNS=200; setopt no_beep'
zpty -w z 'echo re""ady'
zpty -r -m z line '*ready*' || exit 1
zpty -n -w z "nimgate $1"$'\t'
zpty -r -m z line "*$2*"
print -r -- "$line"
zpty -d z
