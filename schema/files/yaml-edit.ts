import { isMap, isScalar, type Pair, type ParsedNode, type YAMLMap } from "yaml";
import { keyText } from "./yaml-values.ts";
import { yamlFlow, yamlQuoted, yamlText } from "./yaml-write.ts";

/** A stretch of a text, and what stands there instead. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Text to write: one line, or maps within maps. */
export type Written = string | { readonly [key: string]: Written };

export type MapNode = YAMLMap.Parsed<ParsedNode, ParsedNode | null>;
type Item = Pair<ParsedNode, ParsedNode | null>;

const STEP = "  ";

/** The text with all splices made; they must not overlap. */
export function spliced(text: string, splices: readonly Splice[]): string {
  return [...splices]
    .sort((a, b) => b.start - a.start || b.end - a.end)
    .reduce((done, { start, end, text: piece }) => done.slice(0, start) + piece + done.slice(end), text);
}

/** A version in the quotes that a scalar has; plain only where every reader takes it for text. */
export function scalarLike(node: ParsedNode | null, value: string): string {
  if (!isScalar(node)) return yamlQuoted(value);
  if (node.type === "QUOTE_SINGLE") return `'${value}'`;
  return node.type === "PLAIN" ? yamlText(value) : yamlQuoted(value);
}

/** Another value in the place of one that stands on one line, or of a map whose comments would not be lost. */
export function replaceValue(text: string, { key, value }: Item, written: string): readonly Splice[] | undefined {
  if (value === null) return undefined;
  const end = contentEnd(value);
  if (!isMap(value) || value.flow === true) return [{ start: value.range[0], end, text: written }];
  const start = colonAfter(text, key);
  return text.slice(start, end).includes("#") ? undefined : [{ start, end, text: ` ${written}` }];
}

/** A new key: where it sorts, in a map of names that is sorted, else at the end. */
export function insertItem(
  text: string,
  map: MapNode,
  name: string,
  value: Written,
  of: "names" | "settings",
): readonly Splice[] {
  const at = of === "names" ? placeOf(map, name) : map.items.length;
  const key = keyLike(map, name);
  if (map.flow === true) return insertFlow(text, map, at, `${key}: ${inFlow(value)}`);
  const indent = " ".repeat(columnOf(text, map.range[0]));
  const previous = map.items[at - 1];
  const start = previous === undefined ? lineStart(text, map.range[0]) : nextLine(text, itemEnd(previous));
  return [insertedLine(text, start, lines(key, value, indent, lineEndOf(text)))];
}

/** A first key in a map that is empty and a value of a block map: it becomes lines below its own key. */
export function fillEmpty(
  text: string,
  { key, value }: Item,
  name: string,
  written: Written,
): readonly Splice[] | undefined {
  if (!isMap(value) || value.items.length > 0 || text.slice(value.range[0], value.range[1]) !== "{}") return undefined;
  const start = colonAfter(text, key);
  const indent = " ".repeat(columnOf(text, key.range[0])) + STEP;
  const below = insertedLine(
    text,
    nextLine(text, value.range[1]),
    lines(yamlText(name), written, indent, lineEndOf(text)),
  );
  return [{ start, end: value.range[1], text: "" }, below];
}

/** Takes a key away with its value and what stands behind it on its line. `owner`: the item whose value the map is. */
export function removeItem(text: string, owner: Item, map: MapNode, item: Item): readonly Splice[] | undefined {
  const start = item.key.range[0];
  const ownLine = text.slice(lineStart(text, start), start).trim() === "" && endsLine(text, itemEnd(item), map);
  if (map.flow === true && !(ownLine && map.items.length > 1)) return removeFlow(text, map, item);
  if (!ownLine) return undefined;
  const line = { start: lineStart(text, start), end: nextLine(text, itemEnd(item)), text: "" };
  if (map.items.length > 1) return [line];
  const colon = colonAfter(text, owner.key);
  return [{ start: colon, end: colon, text: " {}" }, line];
}

function insertFlow(text: string, map: MapNode, at: number, entry: string): readonly Splice[] {
  const [from, to] = map.range;
  const last = map.items.at(-1);
  if (last === undefined) return [{ start: from, end: to, text: `{ ${entry} }` }];
  const next = map.items[at];
  if (text.slice(from, to).includes("\n")) return appendFlow(text, last, entry);
  const start = next?.key.range[0];
  if (start !== undefined) return [{ start, end: start, text: `${entry}, ` }];
  return [{ start: itemEnd(last), end: itemEnd(last), text: `, ${entry}` }];
}

/** In a map over several lines: a line of its own where the last one has one. */
function appendFlow(text: string, last: Item, entry: string): readonly Splice[] {
  const end = itemEnd(last);
  const comma = /^\s*,/.exec(text.slice(end))?.[0].length;
  const rest = text.slice(end + (comma ?? 0), nextLine(text, end + (comma ?? 0)));
  if (!/^\s*(?:#.*)?$/.test(rest.trimEnd())) return [{ start: end, end, text: `, ${entry}` }];
  const column = columnOf(text, last.key.range[0]);
  const line = `${" ".repeat(column)}${entry}${comma === undefined ? "" : ","}${lineEndOf(text)}`;
  const below = insertedLine(text, nextLine(text, end + (comma ?? 0)), line);
  return comma === undefined ? [{ start: end, end, text: "," }, below] : [below];
}

function removeFlow(text: string, map: MapNode, item: Item): readonly Splice[] | undefined {
  const at = map.items.indexOf(item as (typeof map.items)[number]);
  const next = map.items[at + 1];
  const previous = map.items[at - 1];
  const gone =
    next !== undefined
      ? { start: item.key.range[0], end: next.key.range[0], text: "" }
      : previous !== undefined
        ? { start: itemEnd(previous), end: itemEnd(item), text: "" }
        : { start: map.range[0], end: map.range[1], text: "{}" };
  return text.slice(gone.start, gone.end).includes("#") ? undefined : [gone];
}

/** Whether nothing but a comma and a comment follows on the line. */
function endsLine(text: string, end: number, map: MapNode): boolean {
  const rest = text.slice(end, nextLine(text, end)).trimEnd();
  return (map.flow === true ? /^\s*,\s*(?:#.*)?$/ : /^\s*(?:#.*)?$/).test(rest);
}

function lines(key: string, value: Written, indent: string, lineEnd: string): string {
  if (typeof value === "string") return `${indent}${key}: ${value}${lineEnd}`;
  const below = Object.entries(value).map(([name, inner]) => lines(yamlText(name), inner, indent + STEP, lineEnd));
  return `${indent}${key}:${lineEnd}${below.join("")}`;
}

function inFlow(value: Written): string {
  if (typeof value === "string") return value;
  return yamlFlow(Object.entries(value).map(([key, inner]) => [key, inFlow(inner)]));
}

/** The last line of a text may lack its end. */
function insertedLine(text: string, at: number, line: string): Splice {
  const open = at > 0 && at === text.length && !text.endsWith("\n");
  return { start: at, end: at, text: open ? `${lineEndOf(text)}${line.trimEnd()}` : line };
}

function placeOf(map: MapNode, name: string): number {
  const keys = map.items.map(({ key }) => keyText(key) ?? "");
  const sorted = keys.every((key, index) => index === 0 || (keys[index - 1] ?? "") < key);
  const after = keys.findIndex((key) => key > name);
  return sorted && after >= 0 ? after : keys.length;
}

function keyLike(map: MapNode, name: string): string {
  const quoted = map.items.length > 0 && map.items.every(({ key }) => isScalar(key) && key.type === "QUOTE_DOUBLE");
  return quoted ? yamlQuoted(name) : yamlText(name);
}

/** Where the item's last character stands; block maps end where their last item does. */
function itemEnd({ key, value }: Item): number {
  return value === null || value.range[0] === value.range[1] ? key.range[1] : contentEnd(value);
}

function contentEnd(node: ParsedNode): number {
  const last = isMap(node) && node.flow !== true ? (node as MapNode).items.at(-1) : undefined;
  return last === undefined ? node.range[1] : itemEnd(last);
}

function colonAfter(text: string, key: ParsedNode): number {
  return text.indexOf(":", key.range[1]) + 1;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

function nextLine(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === "\n") return offset;
  const found = text.indexOf("\n", offset);
  return found < 0 ? text.length : found + 1;
}

function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset) - (lineStart(text, offset) === 0 && text.startsWith("\ufeff") ? 1 : 0);
}

function lineEndOf(text: string): string {
  return /\r\n/.test(text) ? "\r\n" : "\n";
}
