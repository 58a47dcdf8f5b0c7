#compdef aldis
# Completion of aldis for zsh: source <(aldis completion zsh), or a file called _aldis in a directory of fpath.
_aldis() {
    local line kind prefix word
    local -a first whole begun

    for line in "${(@f)$("${(Q)words[1]}" completion zsh -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2> /dev/null)}"; do
        if [[ -z $kind ]]; then
            kind=${line%%$'\t'*} prefix=${line#*$'\t'}
            continue
        fi
        word=${line%%$'\t'*}
        # _describe ends a word at a colon.
        line=${word//:/\\:}:${line#*$'\t'}
        if [[ $word == *[:=/] ]]; then begun+=("$line"); else whole+=("$line"); fi
    done

    (($#whole)) && _describe -t words aldis whole
    (($#begun)) && _describe -t beginnings aldis begun -S ''
    case $kind in
        files) compset -P "${(b)prefix}"; _files ;;
        directories) compset -P "${(b)prefix}"; _files -/ ;;
    esac
}

if [[ $funcstack[1] == _aldis ]]; then
    _aldis "$@"
else
    compdef _aldis aldis
fi
