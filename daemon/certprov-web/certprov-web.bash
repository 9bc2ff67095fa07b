# shellcheck shell=bash
# SPDX-License-Identifier: Apache-2.0
# Completion of certprov-web for bash. Its options are those of its help.

_certprov_web() {
	local current=${COMP_WORDS[COMP_CWORD]} option=${COMP_WORDS[COMP_CWORD - 1]} help value
	COMPREPLY=()
	help=$("${COMP_WORDS[0]}" --help 2>/dev/null)

	# bash takes "=" for a word of its own.
	case $current,$option in
	=,*) current='' ;;
	*,=) option=${COMP_WORDS[COMP_CWORD - 2]} ;;
	*,-c) option=--config ;;
	*) option='' ;;
	esac
	value=$(sed -nE "s/^  ${option:---}=([A-Z:]+) .*/\1/p" <<<"$help")
	case $value in
	FILE | PATH) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
	'')
		[ -z "$option" ] || return 0
		value=$(sed -nE 's/^  (--[a-z-]+=?).*/\1/p' <<<"$help")
		mapfile -t COMPREPLY < <(compgen -W "$value" -- "$current")
		[[ ${COMPREPLY[0]-} != *= ]] || compopt -o nospace 2>/dev/null || :
		;;
	esac
}

complete -o filenames -F _certprov_web certprov-web
