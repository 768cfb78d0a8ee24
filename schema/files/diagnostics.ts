import { OmgError } from "../error.ts";
import { lineAt, positionAt, type SourceText } from "./source-text.ts";

/** One problem of a file that people write, with the line that it is on. */
export interface Diagnostic {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
  /** The whole line; characters that could act on a terminal are replaced one for one. */
  readonly sourceLine: string;
}

/** Kinds of files; the error's code is `lock-invalid`, `policy-invalid`, `policy-test-invalid`, `config-invalid` or `members-invalid`. */
export type FileKind = "lock" | "policy" | "policy-test" | "config" | "members";

const SHOWN = 100;
const WIDTH = 120;
const SUBJECT: Readonly<Record<FileKind, string>> = {
  lock: "The lock",
  policy: "The policy",
  "policy-test": "The table of cases",
  config: "The configuration",
  members: "The list of members",
};
// Control characters, and the marks that reorder text on a screen.
const UNPRINTABLE = /[\p{Cc}\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

/** All problems of a file at once. `details` holds them rendered, `diagnostics` as data. */
export class InvalidFile extends OmgError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(kind: FileKind, diagnostics: readonly Diagnostic[]) {
    const ordered = inOrder(diagnostics);
    const count = ordered.length;
    super({
      code: `${kind}-invalid`,
      exit: "invalid",
      message: `${SUBJECT[kind]} is not valid: ${count} ${count === 1 ? "problem" : "problems"}.`,
      state: "Nothing was changed.",
      details: renderAll(ordered),
    });
    this.name = "InvalidFile";
    this.diagnostics = ordered;
  }
}

/** A problem at an offset of a text. */
export function diagnostic(source: SourceText, offset: number, message: string, hint?: string): Diagnostic {
  const { line, column } = positionAt(source, offset);
  return {
    file: source.file,
    line,
    column,
    message: printable(message),
    ...(hint === undefined ? {} : { hint: printable(hint) }),
    sourceLine: printable(lineAt(source, line).replaceAll("\t", " ")),
  };
}

/** The text without characters that could act on a terminal; each is replaced, so that columns stay. */
function printable(text: string): string {
  return text.replace(UNPRINTABLE, "\ufffd");
}

/** `file:line:column: message`, the line, a caret under the column, the hint. */
function renderDiagnostic(problem: Diagnostic): string[] {
  const { line, caret } = excerpt(problem.sourceLine, problem.column);
  return [
    `${printable(problem.file)}:${problem.line}:${problem.column}: ${problem.message}`,
    ...(line.trim() === "" ? [] : [`    ${line.trimEnd()}`, `    ${" ".repeat(caret)}^`]),
    ...(problem.hint === undefined ? [] : [`  hint: ${problem.hint}`]),
  ];
}

function excerpt(line: string, column: number): { line: string; caret: number } {
  if (line.length <= WIDTH) return { line, caret: column - 1 };
  const start = Math.max(0, Math.min(column - 1 - WIDTH / 2, line.length - WIDTH));
  return { line: line.slice(start, start + WIDTH), caret: column - 1 - start };
}

function renderAll(problems: readonly Diagnostic[]): string[] {
  const lines = problems.slice(0, SHOWN).flatMap(renderDiagnostic);
  if (problems.length > SHOWN) lines.push(`and ${problems.length - SHOWN} more`);
  return lines;
}

function inOrder(problems: readonly Diagnostic[]): Diagnostic[] {
  const files = [...new Set(problems.map((problem) => problem.file))];
  return problems.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line || a.column - b.column,
  );
}
