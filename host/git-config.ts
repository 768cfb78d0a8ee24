/**
 * The `url` of a remote in the text of a git configuration file (git-config(1), Syntax). Included files and `insteadOf`
 * are not followed. The first address counts, as it does for `git fetch`. Pure.
 */
export function remoteAddress(config: string, remote: string): string | undefined {
  let inside = false;
  for (const line of config.replaceAll("\r\n", "\n").replaceAll("\\\n", "").split("\n")) {
    const section = /^\s*\[\s*([A-Za-z0-9.-]+)(?:\s+"((?:[^"\\]|\\.)*)")?\s*\](.*)$/.exec(line);
    if (section !== null)
      inside = section[1]?.toLowerCase() === "remote" && section[2]?.replace(/\\(.)/g, "$1") === remote;
    const assignment = /^\s*url\s*=\s*(.*)$/i.exec(section === null ? line : (section[3] ?? ""));
    if (inside && assignment?.[1] !== undefined) return configValue(assignment[1]);
  }
  return undefined;
}

/** A value with its quotes, escapes and trailing comment resolved. */
function configValue(text: string): string {
  let value = "";
  let kept = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') {
      quoted = !quoted;
    } else if (!quoted && (character === "#" || character === ";")) {
      break;
    } else {
      if (character === "\\") at++;
      value += character === "\\" ? (ESCAPES[text.charAt(at)] ?? text.charAt(at)) : character;
      // White space at the end is not part of a value, unless it was quoted.
      if (quoted || !/\s/.test(character)) kept = value.length;
    }
  }
  return value.slice(0, kept);
}

const ESCAPES: Readonly<Partial<Record<string, string>>> = { n: "\n", t: "\t", b: "\b" };
