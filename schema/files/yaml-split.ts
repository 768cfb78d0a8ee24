/** Where one document of a YAML text stands. */
export interface DocumentPart {
  /** Offset of its first line: the `---`, where there is one. */
  readonly start: number;
  /** Its content without the marker, and without comments and blank lines before and after. */
  readonly bodyStart: number;
  readonly bodyEnd: number;
  /** What comes before the body leaves the reader in a document of its own: the text's first, or a bare `---` line. */
  readonly marked: boolean;
}

interface Line {
  readonly start: number;
  readonly end: number;
  readonly kind: "marker" | "marker-with-content" | "end" | "filling" | "content";
}

/**
 * Splits at the lines `---` and `...`, which YAML 1.2 (9.1.2) forbids inside every kind of scalar. Holds for texts that
 * were parsed and have no directives.
 */
export function splitDocuments(text: string): DocumentPart[] {
  const groups: Line[][] = [[]];
  for (const line of linesOf(text)) {
    if (line.kind.startsWith("marker") && groups.at(-1)?.length !== 0) groups.push([]);
    groups.at(-1)?.push(line);
    if (line.kind === "end") groups.push([]);
  }
  return groups.filter((lines) => lines.length > 0).map(part);
}

function part(lines: readonly Line[]): DocumentPart {
  const body = lines.filter(({ kind }) => kind === "content" || kind === "marker-with-content");
  const first = body.at(0);
  const end = lines.at(-1)?.end ?? 0;
  return {
    start: lines.at(0)?.start ?? 0,
    bodyStart: first?.start ?? end,
    bodyEnd: body.at(-1)?.end ?? end,
    marked: first?.kind !== "marker-with-content",
  };
}

function* linesOf(text: string): Generator<Line> {
  const lines = /[^\n]*\n|[^\n]+$/g;
  for (const { 0: whole, index } of text.matchAll(lines)) {
    const line = index === 0 ? whole.replace(/^\ufeff/, "") : whole;
    yield { start: index + whole.length - line.length, end: index + whole.length, kind: kindOf(line) };
  }
}

function kindOf(line: string): Line["kind"] {
  if (/^---(?:\s|$)/.test(line)) return /^---\s*(?:#.*)?$/.test(line.trimEnd()) ? "marker" : "marker-with-content";
  if (/^\.\.\.(?:\s|$)/.test(line)) return "end";
  return /^\s*(?:#.*)?$/.test(line.trimEnd()) ? "filling" : "content";
}
