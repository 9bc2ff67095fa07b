# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Completion of certprovctl for bash. Commands, arguments and options are those of
# its help; lists, fingerprints, runs and settings are asked of the daemon.

# The program that is completed; for an alias, the one in PATH.
_certprovctl_run() {
	local program=${COMP_WORDS[0]}
	type -P "$program" >/dev/null || program=certprovctl
	COLUMNS='' "$program" "$@" 2>/dev/null
}

# _certprovctl_ask MEMBER COMMAND... - the values of this member in the replies.
_certprovctl_ask() {
	local member=$1
	shift
	_certprovctl_run --json --timeout 2 "$@" |
		grep -oE "\"$member\":(\"[^\"\\]*\"|[0-9]+)" | sed -E 's/^[^:]*://; s/"//g'
}

# The fingerprints that a command takes; FIRST is its first argument.
_certprovctl_fingerprints() {
	local command=$1 first=$2
	case $command in
	remove) _certprovctl_ask sha256 list "$first" ;;
	unknown | trust) _certprovctl_ask sha256 list unknown ;;
	lift) _certprovctl_ask sha256 distrusted ;;
	*) _certprovctl_ask sha256 list ;;
	esac
}

# What an argument or a value can be, by its name in the help.
_certprovctl_possible() {
	local name=$1 current=$2 command=$3 first=$4 words=
	case $name in
	FILE | PATH) compgen -f -- "$current" ;;
	DIR) compgen -d -- "$current" ;;
	SHA256) words=$(_certprovctl_fingerprints "$command" "$first") ;;
	ID) words=$(_certprovctl_ask id runs) ;;
	NAME) words=$(_certprovctl_ask name settings) ;;
	SOURCE) words='redirection pnp dhcp dhcp114 tr69' ;;
	KIND) words='certificate public-key' ;;
	TYPE) [ "$command" != device ] || words='ec rsa' ;;
	FORMAT) words='text json junit sarif' ;;
	VALUE) [[ $current != @* ]] || compgen -P @ -f -- "${current#@}" ;;
	ROLE) words='look change' ;;
	PROTOCOL) words='imap ldap pop3 smtp' ;;
	PURPOSE) words='sip https provisioning ldap any' ;;
	[[:lower:]]*) words=$name ;;
	esac
	compgen -W "$words" -- "$current"
}

# _certprovctl_argument PLACE ARGUMENT... - the one at this place; the last may be many.
_certprovctl_argument() {
	local place=$1 last=${*: -1}
	shift
	[[ $place -lt $# || $last != *... ]] || place=$(($# - 1))
	[[ $1 == -* ]] || echo "${*:place+1:1}"
}

_certprovctl() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' what='' given=() i word letter option value
	local -A commands=([help]='') values=() # by command, by option
	COMPREPLY=()

	while read -r word value; do commands[$word]=$value; done < <(_certprovctl_run help |
		sed -nE '/^Commands/,/^$/s/^  ([^ ]+( [^ ]+)*)  .*/\1/p')
	commands[help]=$(IFS='|' && echo "${!commands[*]}")
	for ((i = 1; i < COMP_CWORD; i++)); do
		[[ "|${commands[help]}|" != *"|${COMP_WORDS[i]}|"* ]] || { command=${COMP_WORDS[i]} && break; }
	done
	# shellcheck disable=SC2086 # no command is no argument
	while read -r letter option value; do
		values[$option]=$value values[$letter]=$value
	done < <(_certprovctl_run help ${command#help} |
		sed -nE 's/^      (--[^ ]+)/  \1, \1/; s/^  ([^ ,]+), (--[^ ]+)( [^ ]+)?  .*/\1 \2\3/p')

	# The arguments between the command and this word.
	while ((++i < COMP_CWORD)); do
		word=${COMP_WORDS[i]}
		if [[ $word != -* ]]; then
			given+=("$word")
		elif [ -n "${values[$word]-}" ]; then
			((i++))
		fi
	done
	# bash takes "@" for a word of its own.
	if [[ $command == set && $previous == @ ]]; then
		what=FILE
	elif [ -n "${values[${previous:--}]-}" ]; then
		what=${values[$previous]}
	elif [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "${!values[*]}" -- "$current" | grep '^--')
	elif [ -z "$command" ]; then
		what=${commands[help]}
	elif [ -n "${commands[$command]-}" ]; then
		# shellcheck disable=SC2086 # words
		what=$(_certprovctl_argument ${#given[@]} ${commands[$command]//[\[\]]/})
	fi
	for word in ${what//|/ }; do
		mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(
			_certprovctl_possible "${word%...}" "$current" "$command" "${given[0]-}")
	done
}

complete -o filenames -F _certprovctl certprovctl
