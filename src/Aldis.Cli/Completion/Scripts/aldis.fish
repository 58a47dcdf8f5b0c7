# Completion of aldis for fish: aldis completion fish | source, or a file in ~/.config/fish/completions/.
function __aldis_complete
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    set -l lines ($before[1] completion fish -- $before[2..-1] "$current" 2> /dev/null)
    or return

    set -l first (string split \t -- $lines[1])
    printf '%s\n' $lines[2..-1]
    set -l part (string sub -s (math 1 + (string length -- "$first[2]")) -- "$current")
    switch $first[1]
        case files
            printf "$first[2]%s\n" (__fish_complete_path "$part")
        case directories
            printf "$first[2]%s\n" (__fish_complete_directories "$part")
    end
end
complete -c aldis -f -a '(__aldis_complete)'
