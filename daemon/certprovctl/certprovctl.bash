# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Completion of certprovctl for bash: commands, options, names of lists and
# settings, fingerprints and runs that the daemon has.

# The options of every command, and those of each.
_certprovctl_common='--help --version --json --socket-dir --timeout'
declare -gA _certprovctl_options=(
	[provision]='--dry-run --firmware'
	[check]='--firmware --authorities --follow --allow-local --mac --phone-type'
	[rules]='--firmware'
	[status]=''
	[list]=''
	[show]=''
	[runs]=''
	[report]=''
	[cancel]=''
	[remove]='--force --host'
	[unknown]=''
	[trust]='--host --expires'
	[upload]=''
	[distrust]='--kind --reason --force'
	[lift]='--kind'
	[distrusted]=''
	[settings]=''
	[set]='--force'
	[history]='--limit'
	[monitor]=''
	[verify]='--chain --connect --host --purpose --starttls'
	[clock]=''
	[help]=''
)

# _certprovctl_ask MEMBER COMMAND... - the values of this member in the replies.
_certprovctl_ask() {
	local member=$1
	shift
	"${COMP_WORDS[0]}" --json --timeout 2 "$@" 2>/dev/null |
		grep -oE "\"$member\":(\"[^\"\\]*\"|[0-9]+)" | sed -E 's/^[^:]*://; s/"//g'
}

# The words that are possible at this place of the command.
_certprovctl_words() {
	local command=$1 place=$2 first=$3
	case $command:$place in
	:0 | help:0) echo "${!_certprovctl_options[@]}" ;;
	list:0) echo authorities servers unknown anchors ;;
	remove:0) echo servers unknown ;;
	remove:1) _certprovctl_ask sha256 list "$first" ;;
	unknown:0 | trust:0) _certprovctl_ask sha256 list unknown ;;
	clock:0) echo reset ;;
	show:0 | distrust:0) _certprovctl_ask sha256 list ;;
	lift:0) _certprovctl_ask sha256 distrusted ;;
	report:0 | cancel:0) _certprovctl_ask id runs ;;
	set:0) _certprovctl_ask name settings ;;
	esac
}

_certprovctl() {
	local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
	local command='' first='' place=0 i word
	COMPREPLY=()

	# The words before this one: the command, and how many follow it.
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		case $word in
		--socket-dir | --timeout | --firmware | -f | --authorities | -a | --mac | -m | \
			--phone-type | -t | --kind | -k | --reason | -r | --limit | -l | --host | -H | \
			--expires | -e | --chain | -c | --connect | -C | --starttls | -s | --purpose | -p)
			((i++))
			;;
		-*) ;;
		*)
			if [ -z "$command" ]; then
				command=$word
			else
				[ -n "$first" ] || first=$word
				((place++))
			fi
			;;
		esac
	done

	case $previous in
	--socket-dir)
		mapfile -t COMPREPLY < <(compgen -d -- "$current")
		return
		;;
	--authorities | -a | --chain | -c)
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
		return
		;;
	--kind | -k)
		mapfile -t COMPREPLY < <(compgen -W 'certificate public-key' -- "$current")
		return
		;;
	--starttls | -s)
		mapfile -t COMPREPLY < <(compgen -W 'imap ldap pop3 smtp' -- "$current")
		return
		;;
	--purpose | -p)
		mapfile -t COMPREPLY < <(compgen -W 'sip https provisioning ldap any' -- "$current")
		return
		;;
	--timeout | --firmware | -f | --mac | -m | --phone-type | -t | --reason | -r | --limit | -l | \
		--host | -H | --expires | -e | --connect | -C)
		return
		;;
	esac
	if [[ $current == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W \
			"$_certprovctl_common ${_certprovctl_options[${command:-help}]-}" -- "$current")
	elif [[ $command == check || ($command == upload && $place == 0) || ($command == provision && $place == 0) ]]; then
		mapfile -t COMPREPLY < <(compgen -f -- "$current")
	else
		mapfile -t COMPREPLY < <(compgen -W \
			"$(_certprovctl_words "$command" "$place" "$first")" -- "$current")
	fi
}

complete -o filenames -F _certprovctl certprovctl
