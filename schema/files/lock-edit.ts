import { isDeepStrictEqual } from "node:util";
import { isMap } from "yaml";
import { OmgError } from "../error.ts";
import { InvalidFile } from "./diagnostics.ts";
import { PACKAGE_SECTIONS } from "./lock-schema.ts";
import { type ConditionalDocument, readLockTree, type TreeInput } from "./lock-tree.ts";
import { debianName, pacmanName, runtimeName, runtimeRequest, sourceName, versionRequest } from "./names.ts";
import { positionAt, sourceText } from "./source-text.ts";
import { holds, type PlatformFacts } from "./when.ts";
import {
  fillEmpty,
  insertItem,
  type MapNode,
  removeItem,
  replaceValue,
  type Splice,
  scalarLike,
  spliced,
  type Written,
} from "./yaml-edit.ts";
import { parseYaml, type YamlDocument } from "./yaml-source.ts";
import { pairAt } from "./yaml-values.ts";
import { yamlFlow, yamlQuoted, yamlText } from "./yaml-write.ts";

/** What a request is to say. Parts that are left out stay as they are written; a new request is for `*`. */
export type RequestText =
  | { readonly presence: "present"; readonly version?: string; readonly from?: string }
  | { readonly presence: "absent" | "purged" };

export interface RequestEdit {
  /** `apt`, `pacman`, `aur`, `runtimes` */
  readonly section: string;
  /** As it is written where it is new. */
  readonly name: string;
  /** Other ways to write the same name: `curl:amd64`. */
  readonly spellings?: readonly string[];
  /** Null: the request goes. */
  readonly to: RequestText | null;
}

/** Where a section's requests stand in a document. */
function requestsPath(section: string): readonly string[] {
  return section === "runtimes" ? [section] : [section, "packages"];
}

export interface EditInput extends TreeInput {
  readonly platform: PlatformFacts;
}

/** What is wrong with a name, version or source for a request of this section, to complete "X …"; undefined where nothing is. */
export function requestProblem(
  section: string,
  { name, version, from }: { readonly name: string; readonly version?: string; readonly from?: string },
): string | undefined {
  const isRuntime = section === "runtimes";
  const checks = [
    [isRuntime ? runtimeName : section === "apt" ? debianName : pacmanName, name],
    [isRuntime ? runtimeRequest : versionRequest, version],
    [sourceName, from],
  ] as const;
  for (const [schema, value] of checks) {
    const issue = value === undefined ? undefined : schema.safeParse(value).error?.issues[0];
    if (issue !== undefined) return `"${value}" ${issue.message}`;
  }
  return undefined;
}

/**
 * The lock's text with one request of the user's documents set or taken out, and every other byte as it was. A name is edited in
 * the document that has the last word on it here; a new one goes into the first document without `when`, else the first that
 * applies. Included files are never edited. What comes out was parsed again, and says just that one thing else.
 * Throws `lock-invalid` (InvalidFile), OmgError `edit-in-include`, `edit-refused`, `no-document`.
 */
export function editRequest(input: EditInput, edit: RequestEdit): string {
  const tree = readLockTree(input);
  if (tree.problems.length > 0) throw new InvalidFile("lock", tree.problems);
  const applying = tree.users.filter(({ conditions }) => conditions.every((when) => holds(when, input.platform)));
  const holders = applying.flatMap((document) => {
    const name = [edit.name, ...(edit.spellings ?? [])].find((each) => namesOf(document, edit.section).has(each));
    return name === undefined ? [] : [{ document, name }];
  });
  const isMain = ({ source }: ConditionalDocument) => source === tree.main.source;
  if (edit.to === null) {
    for (const { document, name } of holders)
      if (!isMain(document)) throw inInclude(document, edit.section, name, "taken out");
    return holders.reduceRight((text, { document, name }) => changed(input, text, document, edit, name), input.text);
  }
  const last = holders.at(-1);
  if (last !== undefined && !isMain(last.document)) throw inInclude(last.document, edit.section, last.name, "changed");
  const own = applying.filter(isMain);
  const document = last?.document ?? own.find(({ data }) => data.when === undefined) ?? own[0];
  if (document === undefined) throw noDocument(input.path);
  return changed(input, input.text, document, edit, last?.name ?? edit.name);
}

function namesOf({ data }: ConditionalDocument, section: string): ReadonlySet<string> {
  if (section === "runtimes") return new Set(Object.keys(data.runtimes ?? {}));
  const written = PACKAGE_SECTIONS.find((known) => known === section);
  return new Set(Object.keys((written && data[written]?.packages) ?? {}));
}

/** One document's edit, and the proof that it is nothing else. */
function changed(input: EditInput, text: string, user: ConditionalDocument, edit: RequestEdit, name: string): string {
  const before = documentsOf(input.path, text);
  const index = before.findIndex(({ offset }) => offset === user.located.keyOffset([]));
  const document = before[index];
  const splices = document && splicesFor(text, document, { ...edit, name });
  if (splices === undefined) throw refused(input.path, text, document, edit, name);
  const after = spliced(text, splices);
  const wanted = before.map(({ value }, at) => (at === index ? withRequest(value, { ...edit, name }) : value));
  const found = parseYaml(sourceText(input.path, after));
  const same =
    found.problems.length === 0 && isDeepStrictEqual(plain(found.documents.map(({ value }) => value)), plain(wanted));
  if (!same) throw refused(input.path, text, document, edit, name);
  return after;
}

function documentsOf(path: string, text: string): readonly YamlDocument[] {
  const { documents, problems } = parseYaml(sourceText(path, text));
  if (problems.length > 0) throw new InvalidFile("lock", problems);
  return documents;
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

/** The same change on the plain value, without any text: what the edited text is held against. */
function withRequest(value: YamlDocument["value"], { section, name, to }: RequestEdit): unknown {
  type Plain = Readonly<Record<string, unknown>>;
  const inner = (value[section] ?? {}) as Plain;
  const isRuntime = section === "runtimes";
  const { [name]: old, ...others } = (isRuntime ? inner : (inner.packages ?? {})) as Plain;
  const next = to === null ? others : { ...others, [name]: requestValue(old, to) };
  return { ...value, [section]: isRuntime ? next : { ...inner, packages: next } };
}

function requestValue(old: unknown, to: RequestText): unknown {
  if (to.presence !== "present") return to.presence;
  const { version, from } = to;
  const wasMap = typeof old === "object" && old !== null;
  const given = { ...(version === undefined ? {} : { version }), ...(from === undefined ? {} : { from }) };
  if (wasMap) return { ...old, ...given };
  const short = version ?? (typeof old === "string" && old !== "absent" && old !== "purged" ? old : "*");
  return from === undefined ? short : { version: short, from };
}

function splicesFor(text: string, { root, value }: YamlDocument, edit: RequestEdit): readonly Splice[] | undefined {
  const { section, name, to } = edit;
  const path = requestsPath(section);
  const owner = pairAt(root, path);
  const map = owner?.value;
  const item = pairAt(root, [...path, name]);
  if (to === null) return isMap(map) && owner && item ? removeItem(text, owner, map as MapNode, item) : undefined;
  if (item !== undefined) return changeRequest(text, item, to);
  const written = requestText(requestValue(undefined, to), map);
  if (isMap(map) && owner) {
    const parent = path.length === 1 ? root : pairAt(root, [section])?.value;
    const filled = isMap(parent) && parent.flow !== true ? fillEmpty(text, owner, name, written) : undefined;
    return filled ?? insertItem(text, map as MapNode, name, written, "names");
  }
  const below: Written = { [name]: written };
  if (path.length === 1) return section in value ? undefined : insertItem(text, root, section, below, "settings");
  const outer = pairAt(root, [section]);
  if (!isMap(outer?.value) || outer === undefined)
    return value[section] === undefined ? insertItem(text, root, section, { packages: below }, "settings") : undefined;
  const filled = root.flow === true ? undefined : fillEmpty(text, outer, "packages", below);
  return filled ?? insertItem(text, outer.value as MapNode, "packages", below, "settings");
}

type Item = NonNullable<ReturnType<typeof pairAt>>;

function changeRequest(text: string, item: Item, to: RequestText): readonly Splice[] | undefined {
  const { value } = item;
  if (to.presence !== "present") return replaceValue(text, item, to.presence);
  const { version, from } = to;
  if (!isMap(value)) {
    const short = String(requestValue(scalarOf(value), { presence: "present", ...(version && { version }) }));
    if (from === undefined) return replaceValue(text, item, scalarLike(value, short));
    return replaceValue(
      text,
      item,
      yamlFlow([
        ["version", scalarLike(value, short)],
        ["from", yamlText(from)],
      ]),
    );
  }
  const parts = [
    ["version", version],
    ["from", from],
  ] as const;
  const map = value as MapNode;
  const splices = parts.map(([key, wanted]) => (wanted === undefined ? [] : setPart(text, map, key, wanted)));
  return splices.includes(undefined) ? undefined : splices.flatMap((each) => each ?? []);
}

function setPart(text: string, map: MapNode, key: string, wanted: string): readonly Splice[] | undefined {
  const item = pairAt(map, [key]);
  if (item === undefined)
    return insertItem(text, map, key, key === "version" ? yamlQuoted(wanted) : yamlText(wanted), "settings");
  return replaceValue(text, item, scalarLike(item.value, wanted));
}

function scalarOf(node: Item["value"]): unknown {
  return node !== null && "value" in node ? node.value : undefined;
}

/** In the quotes that the requests beside it have. */
function requestText(value: unknown, map: unknown): string {
  const beside = isMap(map) ? ((map as MapNode).items[0]?.value ?? null) : null;
  const text = (version: string) => (beside === null ? yamlQuoted(version) : quotedLike(beside, version));
  if (value === "absent" || value === "purged") return value;
  if (typeof value === "string") return text(value);
  const { version, from } = value as { readonly version: string; readonly from: string };
  return yamlFlow([
    ["version", text(version)],
    ["from", yamlText(from)],
  ]);
}

function quotedLike(beside: NonNullable<Item["value"]>, version: string): string {
  const plainBeside = "type" in beside && beside.type === "PLAIN";
  return plainBeside ? yamlQuoted(version) : scalarLike(beside, version);
}

function inInclude(document: ConditionalDocument, section: string, name: string, what: string): OmgError {
  const { line } = positionAt(document.source, document.located.keyOffset([...requestsPath(section), name]));
  return new OmgError({
    code: "edit-in-include",
    exit: "error",
    message: `${name} stands in ${document.source.file}:${line}, which the lock includes; omg edits the lock itself only.`,
    state: "Nothing was changed.",
    hint: `Have it ${what} there by hand, then run \`omg lock\`.`,
  });
}

function noDocument(path: string): OmgError {
  return new OmgError({
    code: "no-document",
    exit: "error",
    message: `No document of ${path} applies to this machine: all of them have a \`when\` that does not hold here.`,
    state: "Nothing was changed.",
    hint: "Add a document for it by hand, or one without `when`.",
  });
}

function refused(
  path: string,
  text: string,
  document: YamlDocument | undefined,
  { section }: RequestEdit,
  name: string,
): OmgError {
  const at = document && (pairAt(document.root, [...requestsPath(section), name]) ?? pairAt(document.root, [section]));
  const line = positionAt(sourceText(path, text), at?.key.range[0] ?? document?.offset ?? 0).line;
  return new OmgError({
    code: "edit-refused",
    exit: "error",
    message: `${path}:${line} is written in a way in which omg cannot change ${name} without touching something else.`,
    state: "Nothing was changed.",
    hint: "Edit that line by hand, then run `omg lock`.",
  });
}
