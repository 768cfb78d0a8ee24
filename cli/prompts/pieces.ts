/** What `omg prompt` can print a piece for. */
export const PROMPTS = ["bash", "zsh", "fish", "starship", "p10k"] as const;
export type Prompt = (typeof PROMPTS)[number];

/** The piece of a configuration that puts what omg last published into a prompt. Starts omg-fast and no Node. */
export function promptPiece(prompt: Prompt): string {
  return PIECES[prompt];
}

/** For a prompt that styles by itself. */
const PLAIN = "{failed?omg failed}{applying?omg applying}{drift?drift {drift}}";
const COLORED =
  "{failed?{red}omg failed{reset} }{applying?{yellow}omg applying{reset} }{drift?{yellow}drift {drift}{reset} }";

const MISSING = "omg: omg-fast is not in PATH, so the prompt stays as it is.";

const PIECES: Readonly<Record<Prompt, string>> = {
  // What comes behind it in PS1 may show $?, which is the last substitution's there.
  bash: `# omg, at the front of bash's prompt. Source this in ~/.bashrc, below what sets PS1. OMG_PROMPT is the format.
[[ -v OMG_PROMPT ]] || OMG_PROMPT='${COLORED}'
if ! type -P omg-fast >/dev/null; then
  printf '%s\\n' '${MISSING}' >&2
elif [[ $PS1 != *omg-fast* ]]; then
  PS1='$(s=$?; omg-fast status --shell bash --format "$OMG_PROMPT" || :; exit $s)'$PS1
fi
`,

  zsh: `# omg, at the front of zsh's prompt. Source this in ~/.zshrc, below what sets PROMPT. OMG_PROMPT is the format.
(( \${+OMG_PROMPT} )) || OMG_PROMPT='${COLORED}'
if (( ! \${+commands[omg-fast]} )); then
  print -ru2 -- '${MISSING}'
elif [[ $PROMPT != *omg-fast* ]]; then
  setopt prompt_subst
  PROMPT='$(omg-fast status --shell zsh --format "$OMG_PROMPT")'$PROMPT
fi
`,

  // The old prompt is asked first, while $status and $pipestatus are those of the last command.
  fish: `# omg, at the front of fish's prompt. Source this in ~/.config/fish/config.fish. OMG_PROMPT is the format.
set -q OMG_PROMPT; or set -g OMG_PROMPT '${COLORED}'
if not type -q omg-fast
    printf '%s\\n' '${MISSING}' >&2
else if not functions -q __omg_other_prompt
    functions --copy fish_prompt __omg_other_prompt
    function fish_prompt
        set -l other (__omg_other_prompt | string collect --no-trim-newlines)
        printf '%s' (omg-fast status --shell fish --format $OMG_PROMPT) $other
    end
end
`,

  // starship shows nothing of a command that ends with another code than 0, so the word is status: drift has no number while
  // omg applies.
  starship: `# omg in starship: into ~/.config/starship.toml. Where that has a \`format\`, put \${custom.omg} there too.
[custom.omg]
description = "What omg last published about this machine"
command = "omg-fast status --format '${PLAIN}'"
when = true
shell = ["sh"]
style = "yellow"
format = "([$output]($style) )"
`,

  // Not in the instant prompt: that is drawn from what was last shown, and an old number is worse than none.
  p10k: `# omg in powerlevel10k. Source this in ~/.zshrc, below ~/.p10k.zsh.
function prompt_omg() {
  local text="$(omg-fast status --format '${PLAIN}')"
  [[ -z $text ]] || p10k segment -f yellow -t "$text"
}
typeset -ga POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS
(( \${POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS[(Ie)omg]} )) || POWERLEVEL9K_RIGHT_PROMPT_ELEMENTS+=(omg)
`,
};
