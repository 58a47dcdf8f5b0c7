# Completion of aldis for bash: source <(aldis completion bash), or a file in /usr/share/bash-completion/completions/.
_aldis() {
    local line=${COMP_LINE:0:COMP_POINT} current kind prefix word meaning cut=''
    local -a words
    COMPREPLY=()

    # As typed: bash itself takes '=' and ':' for the ends of words.
    read -ra words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=('')
    current=${words[-1]}
    while IFS=$'\t' read -r word meaning; do
        if [[ -z ${kind-} ]]; then
            kind=$word prefix=$meaning
            continue
        fi
        [[ $word == *[:=/] ]] || word+=' '
        COMPREPLY+=("$word")
    done < <("${1/#\~/$HOME}" completion bash -- "${words[@]:1}" 2> /dev/null)

    ((${#COMPREPLY[@]})) && compopt -o nospace
    if [[ ${kind-} == files || ${kind-} == directories ]]; then
        ((${#COMPREPLY[@]})) || compopt -o filenames
        [[ $kind == files ]] && kind=-f || kind=-d
        while read -r word; do
            COMPREPLY+=("$prefix$word")
        done < <(compgen "$kind" -- "${current#"$prefix"}")
    fi

    # Bash replaces what stands behind the last of its own ends of words.
    [[ $COMP_WORDBREAKS == *=* && $current == *=* ]] && cut=${current%"${current##*=}"}
    [[ $COMP_WORDBREAKS == *:* && ${current#"$cut"} == *:* ]] && cut=${current%"${current##*:}"}
    COMPREPLY=("${COMPREPLY[@]#"$cut"}")
}
complete -F _aldis aldis
