import { parseFlag, parseSignedBy, type SourceEntry, sourcesInvalid } from "./source-entry.ts";

const ENTRY = /^(?<type>\S+)\s+(?:\[(?<options>[^\]]*)\]\s*)?(?<rest>\S.*)$/;

/** Entries of a file in one-line style (sources.list(5)). Errors: OmgError `apt-sources-invalid`. Pure. */
export function parseSourceLines(text: string, file: string): SourceEntry[] {
  return text.split("\n").flatMap((line, index) => {
    const content = withoutComment(line).trim();
    return content === "" ? [] : [parseLine(content, file, index + 1)];
  });
}

/** A `#` ends the line, except within brackets, where names of discs may have it. */
function withoutComment(line: string): string {
  let inBrackets = false;
  for (let at = 0; at < line.length; at++) {
    if (line[at] === "[") inBrackets = true;
    else if (line[at] === "]") inBrackets = false;
    else if (line[at] === "#" && !inBrackets) return line.slice(0, at);
  }
  return line;
}

function parseLine(content: string, file: string, line: number): SourceEntry {
  const found = ENTRY.exec(content)?.groups;
  const [uri, suite, ...components] = wordsOf(found?.rest ?? "");
  if (found?.type === undefined || !/^deb(?:-src)?$/.test(found.type))
    throw sourcesInvalid(file, line, "this is not a source of the type deb or deb-src.");
  if (uri === undefined || suite === undefined)
    throw sourcesInvalid(file, line, "the source lacks an address or a suite.");
  if (suite.endsWith("/") === components.length > 0)
    throw sourcesInvalid(file, line, "the suite and its components do not fit together.");
  const options = optionsOf(found.options ?? "");
  const trusted = parseFlag(options.get("trusted"));
  return {
    types: [found.type],
    uris: [uri],
    suites: [suite],
    components,
    architectures: (options.get("arch") ?? "").split(",").filter((arch) => arch !== ""),
    signedBy: parseSignedBy(options.get("signed-by") ?? ""),
    ...(trusted !== undefined && { trusted }),
    enabled: true,
    file,
    line,
    ordinal: line,
  };
}

function optionsOf(text: string): Map<string, string> {
  const options = text.split(/\s+/).flatMap((option) => {
    const found = /^(?<name>[^=+]+?)[+]?=(?<value>.*)$/.exec(option)?.groups;
    return found?.name === undefined ? [] : [[found.name.toLowerCase(), found.value ?? ""] as const];
  });
  return new Map(options);
}

/** Words, where blanks within brackets or double quotes belong to the word, as in `cdrom:[Debian GNU/Linux 12]/`. */
function wordsOf(text: string): string[] {
  const words = text.match(/(?:\[[^\]]*\]|"[^"]*"|[^\s[\]"])+/g) ?? [];
  return words.map((word) => word.replaceAll('"', ""));
}
