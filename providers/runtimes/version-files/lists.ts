import { asks, type Entry, faulty, isVersion, linesOf } from "./entry.ts";
import { scoped } from "./scoped.ts";

/**
 * asdf's internal/toolversions: `#` begins a comment anywhere, a line is a name and the versions to fall back on, and the first line
 * of a name counts.
 */
export function toolVersions(text: string, folder: string): Entry[] {
  return linesOf(text).flatMap(({ number, text: line }) => {
    const [name, ...words] = line
      .replace(/#.*/, "")
      .split(/\s+/)
      .filter((word) => word !== "");
    return name === undefined ? [] : [scoped(name, words, number, folder)];
  });
}

/**
 * sdkman-env.sh: comments and all white space go, each line is `candidate=version`, and of two lines for one candidate the later one
 * is used last.
 */
export function sdkmanrc(text: string): Entry[] {
  const lines = linesOf(text).map(({ number, text: line }) => ({
    number,
    text: line.replace(/#.*/, "").replace(/\s/g, ""),
  }));
  const wrong = lines.find((line) => line.text !== "" && !/^[a-z]+=.+$/.test(line.text));
  if (wrong !== undefined) return [faulty("java", wrong.number, "SDKMAN expects candidate=version")];
  const entries = lines
    .filter((line) => line.text !== "")
    .map(({ number, text: line }) =>
      sdkman(line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1), number),
    );
  return entries.toReversed();
}

function sdkman(candidate: string, version: string, line: number): Entry {
  if (!isVersion(version)) return faulty(candidate, line, "that is not a version");
  return asks(candidate, line, version);
}
