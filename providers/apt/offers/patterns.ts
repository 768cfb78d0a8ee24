/**
 * Patterns as apt's preferences have them: a POSIX extended regular expression between slashes, or a shell pattern
 * (fnmatch(3)). What has no certain counterpart in JavaScript is refused, so that nothing is matched wrongly.
 */

/** A test for a text, or undefined for a pattern that is not supported. Regular expressions match anywhere and in any case. */
export function textPattern(pattern: string): ((text: string) => boolean) | undefined {
  if (pattern.startsWith("/") && pattern.endsWith("/") && pattern.length > 1)
    return regularExpression(pattern.slice(1, -1));
  const source = shellPattern(pattern);
  if (source === undefined) return undefined;
  const compiled = new RegExp(`^${source}$`, "s");
  return (text) => compiled.test(text);
}

/** Whether the text is a name with special meaning, not a literal one. */
export function isPattern(text: string): boolean {
  return (text.startsWith("/") && text.endsWith("/")) || /[*?[]/.test(text);
}

function regularExpression(source: string): ((text: string) => boolean) | undefined {
  // Character classes, back references and escapes differ between the two dialects.
  if (/\[\[|\[[.=:]|\\[^.+*?()[\]{}^$|/\\-]|\(\?/.test(source)) return undefined;
  try {
    const compiled = new RegExp(source, "i");
    return (text) => compiled.test(text);
  } catch {
    return undefined;
  }
}

function shellPattern(pattern: string): string | undefined {
  if (/[[\]\\]/.test(pattern)) return undefined;
  return pattern
    .replace(/[.+^$(){}|/-]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
}
