import { asks, checked, type Entry, faulty, isVersion, type Line, linesOf } from "./entry.ts";

/** Files that hold one word, or one for each line. */

const LTS = /^lts\/(?:\*|-[1-9]\d{0,2}|[a-z]{1,32})$/;

/**
 * nvm's README, `.nvmrc`, and `nvm_process_nvmrc` in nvm.sh: `#` begins a comment, lines with `=` are kept for later use (`node=` is
 * refused), and of the rest there is exactly one line.
 */
export function nvmrc(text: string): Entry[] {
  const lines = linesOf(text)
    .map(({ number, text: line }) => ({ number, text: line.replace(/#.*/, "").trim() }))
    .filter((line) => line.text !== "");
  const pairs = lines.filter((line) => line.text.includes("="));
  const reserved = pairs.find((line) => /^node\s*=/.test(line.text)) ?? twice(pairs);
  if (reserved !== undefined) return [faulty("node", reserved.number, "nvm takes no such pair of key and value")];
  const [first, second] = lines.filter((line) => !line.text.includes("="));
  if (first === undefined) return [faulty("node", 1, "it names no version")];
  if (second !== undefined) return [faulty("node", second.number, "it names more than one version")];
  return [nvmVersion(first)];
}

function twice(pairs: readonly Line[]): Line | undefined {
  const keys = pairs.map((line) => line.text.split("=")[0]?.trim());
  return pairs.find((_, index) => keys.indexOf(keys[index]) < index);
}

/** nvm's README, "Usage": `node` and `stable` are the newest, `default` is the user's. */
function nvmVersion({ number, text }: Line): Entry {
  if (text === "node" || text === "stable") return asks("node", number, "latest");
  if (text === "default") return asks("node", number);
  if (LTS.test(text)) return asks("node", number, text === "lts/*" ? "lts" : text);
  if (text === "system") return asks("node", number, text);
  const version = text.replace(/^v/, "");
  if (/^\d+(?:\.\d+){0,2}$/.test(version)) return asks("node", number, version);
  return faulty("node", number, "that is no version, and no alias that nvm has for everybody");
}

/** nodenv-version-file-read and nodenv-version-name: the first word; `v` or `node-` before it goes. */
export function nodeVersion(text: string): Entry[] {
  return firstWord("node", text, (word) => word.replace(/^(?:node-|v)/, ""));
}

/** rbenv-version-file-read and rbenv-version-name: the first word; `ruby-` before it goes. */
export function rubyVersion(text: string): Entry[] {
  return firstWord("ruby", text, (word) => word.replace(/^ruby-/, ""));
}

/**
 * jenv-version-file-read and jenv-version-name: the first word; `java-` before it goes. Names that `jenv add` makes begin with the
 * vendor and the width of its addresses, and Java 8 and older also go by `1.N`.
 */
export function javaVersion(text: string): Entry[] {
  return firstWord("java", text, (word) =>
    word
      .replace(/^java-/, "")
      .replace(/^(?:openjdk|temurin|eclipse)(?:32|64)?-/, "")
      .replace(/^1\.([5-8])(?=\.|$)/, "$1"),
  );
}

/** setup-bun, "Usage": the version, with or without `v` or `bun-v`; `latest`. */
export function bunVersion(text: string): Entry[] {
  return firstWord("bun", text, (word) => word.replace(/^(?:bun-)?v(?=\d)/, ""));
}

function firstWord(tool: string, text: string, strip: (word: string) => string): Entry[] {
  const line = linesOf(text).find((each) => each.text.trim() !== "");
  const word = line?.text.trim().split(/\s+/)[0] ?? "";
  return [checked(tool, line?.number ?? 1, strip(word))];
}

/**
 * pyenv-version-file-read and pyenv-version-name: the first word of each line, `#` begins a comment line, `python-` before a version
 * goes, and all that are named are on the PATH, the first one first.
 */
export function pythonVersion(text: string): Entry[] {
  const lines = linesOf(text).filter((line) => /^\s*[^\s#]/.test(line.text));
  const versions = lines.map(
    (line) =>
      line.text
        .trim()
        .split(/\s+/)[0]
        ?.replace(/^python-/, "") ?? "",
  );
  const wrong = versions.findIndex((version) => !isVersion(version));
  const line = lines[Math.max(wrong, 0)]?.number ?? 1;
  if (lines.length === 0) return [faulty("python", line, "it names no version")];
  if (wrong >= 0) return [faulty("python", line, "that is not a version")];
  return [{ ...asks("python", line, ...versions), ...(versions.length > 1 ? { all: true as const } : {}) }];
}
