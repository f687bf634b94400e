# Completion of shapecalc for bash 4.4 and newer.

_shapecalc() {
    local kind value help
    COMPREPLY=()
    while IFS=$'\t' read -r kind value help; do
        case $kind in
            word) COMPREPLY+=("$value") ;;
            open) COMPREPLY+=("$value"); compopt -o nospace ;;
            files) ((${#COMPREPLY[@]})) || compopt -o default ;;
        esac
    done < <(COMP_REST="${COMP_LINE:COMP_POINT}" COMP_LINE="${COMP_LINE:0:COMP_POINT}" COMP_BREAKS="$COMP_WORDBREAKS" \
        _SHAPECALC_COMPLETE=bash_complete "${1/#\~\//$HOME/}" 2>/dev/null)
}

complete -o nosort -F _shapecalc shapecalc
