// What a shell runs to complete `fs-sync`: it asks the program itself, so that a script never is older than the commands. Where the
// program knows nothing, the shell completes names of files.

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_fs_sync() {
  local found
  COMPREPLY=()
  while IFS= read -r found; do
    COMPREPLY+=("$found")
  done < <(fs-sync __complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _fs_sync fs-sync`,
  zsh: `#compdef fs-sync
_fs_sync() {
  local -a found
  found=("\${(@f)$(fs-sync __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ -n "\${found[1]}" ]]; then compadd -- "\${found[@]}"; else _files; fi
}
compdef _fs_sync fs-sync`,
  fish: `function __fs_sync_complete
  set -l words (commandline -opc)
  fs-sync __complete -- $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c fs-sync -a '(__fs_sync_complete)'`,
};
