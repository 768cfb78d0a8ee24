import { isMap } from "yaml";
import {
  insertItem,
  type MapNode,
  removeItem,
  replaceValue,
  type Splice,
  spliced,
  type Written,
} from "../yaml-edit.ts";
import type { YamlDocument } from "../yaml-source.ts";
import { splitDocuments } from "../yaml-split.ts";
import { pairAt } from "../yaml-values.ts";
import { yamlFlow, yamlText } from "../yaml-write.ts";
import { documentsIn } from "./documents.ts";
import type { Edit } from "./values.ts";

/** With more, one after the other would take too long: each reads the whole text anew. */
const MOST_SINGLY = 300;

/**
 * `ours` with all edits in it, each written as `theirs` has it, and every other byte as it was: all at once, or, where that is not what it should
 * be, one after the other. Undefined where neither is.
 */
export function edited(
  ours: string,
  theirs: string,
  edits: readonly Edit[],
  isIt: (text: string) => boolean,
): string | undefined {
  const whole = edits.filter(({ path }) => path.length === 0);
  const names = edits.filter(({ path }) => path.length > 0);
  // Behind one another at one place, the last one comes to stand first.
  const ordered = [...names].sort((a, b) => (a.path.join("\0") < b.path.join("\0") ? 1 : -1));
  const singly = () => ordered.reduce<string | undefined>((text, edit) => text && atOnce(text, theirs, [edit]), ours);
  const ways = [() => atOnce(ours, theirs, ordered), ...(ordered.length > MOST_SINGLY ? [] : [singly])];
  for (const way of ways) {
    const made = way();
    const text = made && whole.reduce((so, edit) => withDocument(so, theirs, edit), made);
    if (text !== undefined && isIt(text)) return text;
  }
  return undefined;
}

function atOnce(text: string, theirs: string, edits: readonly Edit[]): string | undefined {
  const [here, there] = [documentsIn(text), documentsIn(theirs)];
  if (here === undefined || there === undefined) return undefined;
  const splices: Splice[] = [];
  const missing: Edit[] = [];
  for (const edit of edits) {
    const document = here.get(edit.document);
    if (document === undefined) return undefined;
    const made = splicesFor(text, document, edit, writtenAs(theirs, there.get(edit.document), edit));
    if (made === "no place") missing.push(edit);
    else if (made === undefined) return undefined;
    else splices.push(...made);
  }
  const done = spliced(text, splices);
  return missing.length === 0 ? done : withSections(done, theirs, missing);
}

function splicesFor(
  text: string,
  { root }: YamlDocument,
  { path, to }: Edit,
  written: string,
): readonly Splice[] | "no place" | undefined {
  const above = path.slice(0, -1);
  const owner = above.length === 0 ? undefined : pairAt(root, above);
  const map = above.length === 0 ? root : owner?.value;
  const item = pairAt(root, path);
  if (to === undefined) {
    if (item === undefined) return [];
    return isMap(map) ? removeItem(text, owner ?? item, map as MapNode, item) : undefined;
  }
  if (item !== undefined) return replaceValue(text, item, written);
  if (!isMap(map) || (map.items.length === 0 && map !== root)) return "no place";
  return insertItem(text, map as MapNode, path.at(-1) ?? "", written, above.length === 0 ? "settings" : "names");
}

/** Names whose section is not there yet, or empty: it comes with them. */
function withSections(text: string, theirs: string, edits: readonly Edit[]): string | undefined {
  const there = documentsIn(theirs);
  return [...edits].reverse().reduce<string | undefined>((so, edit) => {
    const document = so === undefined ? undefined : documentsIn(so)?.get(edit.document);
    if (so === undefined || document === undefined) return undefined;
    const written = writtenAs(theirs, there?.get(edit.document), edit);
    const made = splicesFor(so, document, edit, written);
    if (made === undefined) return undefined;
    if (made !== "no place") return spliced(so, made);
    return withSection(so, document, edit.path, written);
  }, text);
}

function withSection(text: string, { root }: YamlDocument, path: readonly string[], written: string) {
  for (let depth = path.length - 1; depth >= 0; depth -= 1) {
    const above = path.slice(0, depth);
    const pair = depth === 0 ? undefined : pairAt(root, above);
    const map = depth === 0 ? root : pair?.value;
    if (depth > 0 && pair === undefined) continue;
    const below = path.slice(depth + 1).reduceRight<Written>((inner, key) => ({ [key]: inner }), written);
    if (isMap(map) && map.items.length > 0)
      return spliced(text, insertItem(text, map as MapNode, path[depth] ?? "", below, "settings"));
    if (pair === undefined || (map !== null && !isMap(map))) return undefined;
    const flow = yamlFlow([[path[depth] ?? "", inFlow(below)]]);
    const at = map === null ? pair.key.range[1] : map?.range[0];
    const colon = text.indexOf(":", pair.key.range[1]) + 1;
    return map === null
      ? spliced(text, [{ start: colon, end: colon, text: ` ${flow}` }])
      : spliced(text, [{ start: at ?? colon, end: map?.range[1] ?? colon, text: flow }]);
  }
  return undefined;
}

/** As the other side wrote it, where that is one line. */
function writtenAs(theirs: string, document: YamlDocument | undefined, { path, to }: Edit): string {
  const value = document === undefined ? undefined : pairAt(document.root, path)?.value;
  const text = value == null ? "" : theirs.slice(value.range[0], value.range[1]).trimEnd();
  const oneLine = text !== "" && !text.includes("\n") && !(isMap(value) && value.flow !== true);
  return oneLine ? text : asFlow(to);
}

function asFlow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(asFlow).join(", ")}]`;
  if (typeof value === "object" && value !== null)
    return yamlFlow(Object.entries(value).map(([key, inner]) => [key, asFlow(inner)]));
  return typeof value === "string" ? yamlText(value) : JSON.stringify(value);
}

function inFlow(value: Written): string {
  if (typeof value === "string") return value;
  return yamlFlow(Object.entries(value).map(([key, inner]) => [key, inFlow(inner)]));
}

/** A document that one side has and the other has not: added at the end, or taken out. */
function withDocument(text: string, theirs: string, { document, to }: Edit): string {
  const from = to === undefined ? text : theirs;
  const found = documentsIn(from)?.get(document);
  const part = found && splitDocuments(from).findLast(({ start }) => start <= found.offset);
  if (part === undefined) return text;
  if (to === undefined) return text.slice(0, part.start) + text.slice(part.bodyEnd);
  const body = theirs.slice(part.bodyStart, part.bodyEnd);
  const whole = part.marked ? `---\n${body}` : body;
  return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${whole.endsWith("\n") ? whole : `${whole}\n`}`;
}
