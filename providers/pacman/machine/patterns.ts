import { readdirSync } from "node:fs";
import { join } from "node:path";

/** A shell's pattern as fnmatch(3) reads it, without any flag: `*` and `?` match slashes too. Pure. */
function shellPattern(pattern: string): RegExp {
  const source = pattern.replace(/\[!?\]?[^\]]*\]|[\s\S]/g, (part) => {
    if (part === "*") return "[\\s\\S]*";
    if (part === "?") return "[\\s\\S]";
    if (part.length === 1) return escaped(part);
    const [, not, members = ""] = /^\[(!?)([\s\S]*)\]$/.exec(part) ?? [];
    return `[${not === "!" ? "^" : ""}${members.replace(/[\\\]^]/g, "\\$&")}]`;
  });
  return new RegExp(`^${source}$`);
}

/** Whether any of the patterns names the text. Pure. */
export function matchesAny(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => pattern === text || (/[*?[]/.test(pattern) && shellPattern(pattern).test(text)));
}

/**
 * Paths that a pattern names, in order, as glob(7) has it: hidden files only where the pattern says so. One that names nothing
 * stands for itself, as it does for pacman.
 */
export function expandPath(pattern: string): readonly string[] {
  const [, ...parts] = pattern.split("/");
  if (!parts.some(isPattern)) return [pattern];
  const found = parts.reduce<readonly string[]>(
    (folders, part) => folders.flatMap((folder) => step(folder, part)),
    ["/"],
  );
  return found.length === 0 ? [pattern] : found;
}

function step(folder: string, part: string): readonly string[] {
  if (!isPattern(part)) return [join(folder, part)];
  const matcher = shellPattern(part);
  const names = namesIn(folder).filter((name) => matcher.test(name) && (!name.startsWith(".") || part.startsWith(".")));
  return names.sort().map((name) => join(folder, name));
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isPattern(text: string): boolean {
  return /[*?[]/.test(text);
}

function escaped(text: string): string {
  return text.replace(/[.+^${}()|[\]\\*?]/g, "\\$&");
}
