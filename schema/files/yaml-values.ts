import { isAlias, isMap, isScalar, isSeq, type Pair, type ParsedNode, type YAMLMap } from "yaml";
import { type Diagnostic, diagnostic } from "./diagnostics.ts";
import { dictionary } from "./dictionary.ts";
import type { Path } from "./located.ts";
import type { SourceText } from "./source-text.ts";

type Node = ParsedNode | null;
type MapNode = YAMLMap.Parsed<ParsedNode, Node>;

/** The plain value of a node; keys that cannot be used are added to `problems`. The depth is bounded by the guard. */
export function yamlValue(source: SourceText, node: Node, problems: Diagnostic[]): unknown {
  if (isMap(node)) return mapValue(source, node, problems);
  if (isSeq(node)) return node.items.map((item) => yamlValue(source, item, problems));
  return isScalar(node) ? node.value : null;
}

function mapValue(source: SourceText, map: MapNode, problems: Diagnostic[]): Record<string, unknown> {
  const result = dictionary<unknown>();
  for (const pair of map.items) {
    const key = keyText(pair.key);
    const problem = keyProblem(key, result);
    if (problem) problems.push(diagnostic(source, pair.key?.range[0] ?? map.range[0], ...problem));
    else if (key !== undefined) result[key] = yamlValue(source, pair.value, problems);
  }
  return result;
}

function keyProblem(key: string | undefined, seen: Readonly<Record<string, unknown>>): [string, string] | undefined {
  if (key === undefined) return ["a key must be plain text", "write `key: value`"];
  if (key === "<<") return ["omg reads no YAML merge keys", "write the values out"];
  if (key === "__proto__") return ["`__proto__` cannot be used as a name", "use another name"];
  if (key in seen) return [`\`${key}\` is here twice`, "keep one of them"];
  return undefined;
}

/** The text of a key; a plain one is taken as written: the package `2048` is no number. */
export function keyText(key: Node): string | undefined {
  if (key === null || isAlias(key) || !isScalar(key)) return undefined;
  return typeof key.value === "string" ? key.value : key.source;
}

/** The pair at a path below a map; undefined where there is none or the path leads into a list. */
export function pairAt(root: MapNode, path: Path): Pair<ParsedNode, Node> | undefined {
  const [key, ...rest] = path;
  const pair = root.items.find((item) => keyText(item.key) === key);
  if (rest.length === 0 || pair === undefined) return pair;
  return isMap(pair.value) ? pairAt(pair.value as MapNode, rest) : undefined;
}

/** The node at a path; the root for an empty one. */
export function nodeAt(root: Node, path: Path): Node | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return root;
  if (isSeq(root)) return nodeAt(root.items[Number(key)] ?? null, rest);
  if (!isMap(root)) return undefined;
  const pair = pairAt(root as MapNode, [key]);
  return pair === undefined ? undefined : nodeAt(pair.value, rest);
}
