# Completion of shapecalc for fish 3.4 and newer.

function __shapecalc_ask
    set -l line (commandline -cp)
    if test "$line" != "$__shapecalc_line"
        set -l words (commandline -opc)
        set -l all (commandline -op)
        set -l place (count $words)
        set -l behind (math $place + 2)
        set -g __shapecalc_line $line
        set -g __shapecalc_answer (_SHAPECALC_COMPLETE=fish_complete COMP_CWORD=$place $words[1] $words[2..-1] \
            (commandline -ct | string unescape) $all[$behind..-1] 2>/dev/null)
    end
end

function __shapecalc_words
    __shapecalc_ask
    string match -r '^(?:word|open)\t.*' -- $__shapecalc_answer | string replace -r '^[a-z]+\t' ''
end

function __shapecalc_takes_files
    __shapecalc_ask
    string match -qr '^files\t' -- $__shapecalc_answer
end

complete -c shapecalc -f
complete -c shapecalc -a '(__shapecalc_words)' -k
complete -c shapecalc -n __shapecalc_takes_files -F
