import type { PinEntry, PlatformPins } from "../model/lock.ts";
import { type Diagnostic, diagnostic, InvalidFile } from "./diagnostics.ts";
import { sortedEntries } from "./dictionary.ts";
import { PINNED_SECTIONS } from "./lock-schema.ts";
import { takePlainPins } from "./plain-pins.ts";
import { sourceText } from "./source-text.ts";
import { parseYaml, type YamlDocument } from "./yaml-source.ts";
import { splitDocuments } from "./yaml-split.ts";
import { yamlFlow, yamlQuoted, yamlText } from "./yaml-write.ts";

/**
 * The text of a lock, or of a file that it includes, with the pins document of one platform replaced, or appended where
 * there is none. Every other byte stays. Throws `lock-invalid` (InvalidFile) where the text is no YAML that omg reads,
 * for then it cannot be said what would be replaced; `file` is only for that message.
 */
export function writePins(text: string, platform: string, pins: PlatformPins, file = "omg.lock"): string {
  const lineEnd = /\r\n/.test(text) ? "\r\n" : "\n";
  const body = pinsLines(platform, pins).join(lineEnd) + lineEnd;
  const present = pinsDocument(text, platform, file);
  const part = present && splitDocuments(text).findLast(({ start }) => start <= present.offset);
  if (part !== undefined)
    return text.slice(0, part.bodyStart) + (part.marked ? "" : `---${lineEnd}`) + body + text.slice(part.bodyEnd);
  const written = appended(text, body, lineEnd);
  if (pinsDocument(written, platform, file) === undefined) throw new InvalidFile("lock", [unfinished(text, file)]);
  return written;
}

/** The document that holds a platform's pins. */
function pinsDocument(text: string, platform: string, file: string): YamlDocument | undefined {
  const { documents, problems } = parseYaml({ ...sourceText(file, text), text: takePlainPins(text).rest });
  if (problems.length > 0) throw new InvalidFile("lock", problems);
  return documents.find(({ value }) => value.pins === platform);
}

/** A quote that was never closed, say, which the parser forgives: what comes behind would be part of it. */
function unfinished(text: string, file: string): Diagnostic {
  return diagnostic(
    sourceText(file, text),
    text.length,
    "what stands here takes in whatever comes behind it",
    "end it",
  );
}

function appended(text: string, body: string, lineEnd: string): string {
  if (text === "" || text === "\ufeff") return text + body;
  return `${text}${text.endsWith("\n") ? "" : lineEnd}---${lineEnd}${body}`;
}

function pinsLines(platform: string, { indexes, sections }: PlatformPins): string[] {
  const lines = [`pins: ${yamlText(platform)}`];
  if (Object.keys(indexes).length > 0) lines.push(`indexes: ${indexesLine(indexes)}`);
  for (const section of PINNED_SECTIONS) {
    const entries = sortedEntries(sections[section] ?? {});
    if (entries.length > 0) lines.push(`${section}:`);
    for (const [name, pin] of entries) lines.push(`  ${yamlText(name)}: ${pinLine(pin)}`);
  }
  return lines;
}

function indexesLine(indexes: PlatformPins["indexes"]): string {
  return yamlFlow(
    sortedEntries(indexes).map(([source, { release, signature, packages }]) => [
      source,
      yamlFlow([
        ["release", yamlText(release)],
        ...(signature === undefined ? [] : ([["signature", yamlText(signature)]] as const)),
        ["packages", yamlText(packages)],
      ]),
    ]),
  );
}

function pinLine({ version, base, commit, sources, url, sha256, from, auto }: PinEntry): string {
  const entries: [string, string | undefined][] = [
    ["version", yamlQuoted(version)],
    ["base", base && yamlText(base)],
    ["commit", commit && yamlText(commit)],
    ["sources", sources && yamlFlow(sortedEntries(sources).map(([name, id]) => [name, yamlText(id)]))],
    ["url", url && yamlQuoted(url)],
    ["sha256", sha256 && yamlText(sha256)],
    ["from", from && yamlText(from)],
    ["auto", auto ? "true" : undefined],
  ];
  return yamlFlow(entries.filter((entry): entry is [string, string] => entry[1] !== undefined));
}
