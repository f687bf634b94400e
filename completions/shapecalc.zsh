#compdef shapecalc
# Completion of shapecalc for zsh.

_shapecalc() {
    local line kind value help prefix takes_files=
    local -a closed open anyway
    local command=${(Q)words[1]}

    for line in "${(@f)$(_SHAPECALC_COMPLETE=zsh_complete COMP_CWORD=$((CURRENT - 1)) "${command/#\~\//$HOME/}" \
        "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" "${(@Q)words[CURRENT+1,-1]}" 2>/dev/null)}"; do
        IFS=$'\t' read -r kind value help <<< $line
        case $kind in
            (files) takes_files=1 prefix=$value ;;
            (word) closed+=("${${value//\\/\\\\}//:/\\:}${help:+:$help}") ;;
            (open) open+=("${${value//\\/\\\\}//:/\\:}${help:+:$help}") ;;
        esac
        [[ $kind == (word|open) && $value != ${(bQ)PREFIX}* ]] && anyway=(-U)
    done

    (( $#closed )) && _describe -V 'value' closed $anyway
    (( $#open )) && _describe -V 'value' open $anyway -S ''
    if [[ -n $takes_files ]]; then
        compset -P "${(b)prefix}"
        _files
    fi
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _shapecalc "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
    compdef _shapecalc shapecalc
fi
