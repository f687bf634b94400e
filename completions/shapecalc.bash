# Completion of shapecalc for bash; with bash 4.4 and newer, in our order.

_shapecalc() {
    local kind value help
    COMPREPLY=()
    while IFS=$'\t' read -r kind value help; do
        case $kind in
            word) COMPREPLY+=("$value") ;;
            open) COMPREPLY+=("$value"); compopt -o nospace 2>/dev/null ;;
            files) ((${#COMPREPLY[@]})) || compopt -o default 2>/dev/null ;;
        esac
    done < <(COMP_REST="${COMP_LINE:COMP_POINT}" COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_BREAKS="$COMP_WORDBREAKS" \
        _SHAPECALC_COMPLETE=bash_complete "${1/#\~\//$HOME/}" 2>/dev/null)
}

complete -o nosort -F _shapecalc shapecalc 2>/dev/null || complete -F _shapecalc shapecalc
