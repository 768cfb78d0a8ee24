import { CST } from "yaml";
import { type Diagnostic, diagnostic } from "./diagnostics.ts";
import type { SourceText } from "./source-text.ts";

const MAX_FLOW = 16;
const MAX_INDICATORS = 16;
const MAX_INDENT = 100;
const MAX_REFUSALS = 20;

const REFUSED: Readonly<Record<string, readonly [string, string]>> = {
  anchor: ["omg reads no YAML anchors", "write the value out where it is needed"],
  alias: ["omg reads no YAML aliases", "write the value out, or put a value that starts with * in quotes"],
  tag: ["omg reads no YAML tags", "remove the tag, or put a value that starts with ! in quotes"],
  "directive-line": ["omg reads no YAML directives", "remove the line; files are YAML 1.2"],
};

/** Watches the tokens of a YAML text before anything recursive sees them. */
export interface YamlGuard {
  /** What it refused so far. */
  readonly refused: readonly Diagnostic[];
  /** Takes the next token, which starts at `offset`. False: nested so deeply that parsing must stop. */
  accept(token: string, offset: number): boolean;
}

/**
 * Refuses what makes small files expand (anchors, aliases, tags) and bounds the depth: a block collection needs either
 * a column of indentation or an indicator on its line, and a flow collection a bracket.
 */
export function yamlGuard(source: SourceText): YamlGuard {
  const refused: Diagnostic[] = [];
  const depth: Depth = { flow: 0, indicators: 0, indent: 0, lineStart: true };
  // A scalar comes as a marker and then its text, which must not be read as a token.
  let scalar = false;

  function accept(token: string, offset: number): boolean {
    const type = scalar ? "text" : (CST.tokenType(token) ?? "text");
    scalar = token === CST.SCALAR && !scalar;
    const words = REFUSED[type];
    if (words && refused.length < MAX_REFUSALS) refused.push(diagnostic(source, offset, ...words));
    measure(depth, type, token.length);
    if (!tooDeep(depth, type)) return true;
    refused.push(diagnostic(source, offset, "nested too deeply", "no file of omg needs more than a few levels"));
    return false;
  }

  return { refused, accept };
}

interface Depth {
  flow: number;
  /** Block indicators on this line. */
  indicators: number;
  /** Columns that this line is indented by. */
  indent: number;
  lineStart: boolean;
}

function measure(depth: Depth, type: string, length: number): void {
  if (depth.lineStart) Object.assign(depth, { indicators: 0, indent: type === "space" ? length : 0 });
  depth.lineStart = type === "newline";
  if (type === "doc-start" || type === "doc-end") depth.flow = 0;
  else if (/^flow-(?:map|seq)-start$/.test(type)) depth.flow++;
  else if (/^flow-(?:map|seq)-end$/.test(type)) depth.flow = Math.max(0, depth.flow - 1);
  else if (/^(?:seq-item|explicit-key|map-value)-ind$/.test(type) && depth.flow === 0) depth.indicators++;
}

function tooDeep(depth: Depth, type: string): boolean {
  if (depth.flow > MAX_FLOW || depth.indicators > MAX_INDICATORS) return true;
  return depth.indent > MAX_INDENT && depth.flow === 0 && !/^(?:space|newline|comment)$/.test(type);
}
