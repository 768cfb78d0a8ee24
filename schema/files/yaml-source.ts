import { Composer, type Document, isMap, isScalar, Lexer, type ParsedNode, Parser, type YAMLMap } from "yaml";
import { type Diagnostic, diagnostic } from "./diagnostics.ts";
import { dictionary } from "./dictionary.ts";
import type { SourceText } from "./source-text.ts";
import { checkText, tooLarge } from "./text-checks.ts";
import { yamlGuard } from "./yaml-guard.ts";
import { yamlValue } from "./yaml-values.ts";

/** One document of a YAML file: its nodes for pointing at, its plain value for reading. */
export interface YamlDocument {
  readonly root: YAMLMap.Parsed;
  readonly value: Readonly<Record<string, unknown>>;
  /** Offset of its first key. */
  readonly offset: number;
}

export interface YamlFile {
  readonly source: SourceText;
  /** Those that hold a map; empty documents are left out. With syntax errors there are none. */
  readonly documents: readonly YamlDocument[];
  readonly problems: readonly Diagnostic[];
}

/**
 * Parses YAML 1.2 (core schema) without what makes it dangerous or ambiguous: anchors, aliases, tags, directives, deep
 * nesting, duplicate keys. Keys are always text, as written. Never throws for a bad text.
 */
export function parseYaml(source: SourceText): YamlFile {
  const large = tooLarge(source);
  if (large) return { source, documents: [], problems: [large] };
  const unwanted = checkText(source);
  if (unwanted.length > 0) return { source, documents: [], problems: unwanted };
  const { composed, problems } = compose(source);
  if (problems.length > 0) return { source, documents: [], problems };
  return read(source, composed);
}

// About 30,000 pinned packages. Bounds time and memory where single characters are made into nodes.
const MAX_TOKENS = 1_000_000;
// Documents, and whatever stands between them that is not only layout.
const MAX_PARTS = 500;
const MAX_FAULTS = 200;
const FILLING: readonly string[] = ["comment", "newline", "space", "byte-order-mark"];

type Composed = Document.Parsed<ParsedNode>;

function compose(source: SourceText): { composed: Composed[]; problems: readonly Diagnostic[] } {
  const guard = yamlGuard(source);
  const parser = new Parser();
  // Duplicates are found later: the library's search is quadratic.
  const composer = new Composer<ParsedNode>({ schema: "core", version: "1.2", uniqueKeys: false, prettyErrors: false });
  const composed: Composed[] = [];
  const left = { tokens: MAX_TOKENS, parts: MAX_PARTS };
  for (const token of new Lexer().lex(source.text)) {
    if (!guard.accept(token, parser.offset)) return { composed: [], problems: guard.refused };
    for (const part of parser.next(token)) {
      if (!FILLING.includes(part.type)) left.parts--;
      composed.push(...composer.next(part));
    }
    if (--left.tokens < 0 || left.parts < 0) return { composed: [], problems: [tooMuch(source, parser.offset)] };
  }
  for (const part of parser.end()) composed.push(...composer.next(part));
  composed.push(...composer.end());
  if (guard.refused.length > 0) return { composed, problems: guard.refused };
  const faults = composed.flatMap(({ errors, warnings }) => [...errors, ...warnings]).slice(0, MAX_FAULTS);
  return { composed, problems: faults.map((fault) => diagnostic(source, fault.pos[0], sentence(fault.message))) };
}

function tooMuch(source: SourceText, offset: number): Diagnostic {
  return diagnostic(source, offset, "the file has more parts than omg reads", "split it, or check what wrote it");
}

function sentence(message: string): string {
  return `YAML: ${message.split("\n")[0]}`;
}

function read(source: SourceText, composed: readonly Composed[]): YamlFile {
  const documents: YamlDocument[] = [];
  const problems: Diagnostic[] = [];
  for (const { contents } of composed) {
    if (contents === null || (isScalar(contents) && contents.source === "")) continue;
    const offset = contents.range[0];
    if (isMap(contents)) {
      const value = yamlValue(source, contents, problems);
      documents.push({ root: contents, value: isDictionary(value) ? value : dictionary(), offset });
    } else {
      problems.push(diagnostic(source, offset, "expected a map of keys here", "write `key: value` lines"));
    }
  }
  return { source, documents, problems };
}

function isDictionary(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
