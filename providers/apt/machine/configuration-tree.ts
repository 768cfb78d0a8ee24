/**
 * apt's configuration as `apt-config dump` prints it (apt.conf(5)): a tree of named values, where list members have an empty
 * name. Names are looked up in any case, as apt does.
 */

export interface ConfigNode {
  readonly name: string;
  value: string;
  readonly parent: ConfigNode | undefined;
  readonly children: ConfigNode[];
}

/** What makes `apt-config dump` print names and values with everything unusual percent-encoded (apt-config(1)). */
export const DUMP_FORMAT = '%F "%V";%n';

const LINE = /^(?<path>\S+) "(?<value>\S*)";$/;

/** Parses what `apt-config dump` prints with `DUMP_FORMAT`. */
export function parseDump(dump: string): ConfigNode {
  const root: ConfigNode = { name: "", value: "", parent: undefined, children: [] };
  for (const line of dump.split("\n")) {
    const found = LINE.exec(line)?.groups;
    if (found?.path !== undefined) place(root, decode(found.path), decode(found.value ?? ""));
  }
  return root;
}

function decode(text: string): string {
  if (!text.includes("%")) return text;
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

function place(root: ConfigNode, path: string, value: string): void {
  const names = path.split("::");
  let node = root;
  for (const [index, name] of names.entries()) {
    const listed = name === "" && index === names.length - 1;
    const known = listed ? undefined : node.children.find((child) => sameName(child.name, name));
    if (known === undefined) {
      const child: ConfigNode = { name, value: "", parent: node, children: [] };
      node.children.push(child);
      node = child;
    } else node = known;
  }
  node.value = value;
}

/** The node of a name such as `Dir::State::status`. */
export function lookup(root: ConfigNode, path: string): ConfigNode | undefined {
  let node: ConfigNode | undefined = root;
  for (const name of path.split("::")) node = node?.children.find((child) => sameName(child.name, name));
  return node;
}

/** The value of a name; empty when it is not set. */
export function settingOf(root: ConfigNode, path: string): string {
  return lookup(root, path)?.value ?? "";
}

/** The values below a name, in order, named ones included; a value of the name itself is a list of one. */
export function listOf(root: ConfigNode, path: string): string[] {
  const node = lookup(root, path);
  if (node === undefined) return [];
  const below = node.children.map((child) => child.value).filter((value) => value !== "");
  return below.length > 0 || node.value === "" ? below : [node.value];
}

/** apt's reading of a truth value (`StringToBool`): numbers, and the usual words; anything else is the default. */
export function flagOf(root: ConfigNode, path: string, fallback: boolean): boolean {
  const value = settingOf(root, path).toLowerCase();
  if (["1", "yes", "true", "with", "on", "enable"].includes(value)) return true;
  if (["0", "no", "false", "without", "off", "disable"].includes(value)) return false;
  return fallback;
}

/**
 * Absolute path of a file name in the tree, the way apt puts it together: a relative value is taken below its parent's, up to
 * `Dir`; everything lies below `RootDir` when that is set. Empty when the name has no value.
 */
export function pathOf(root: ConfigNode, path: string): string {
  const node = lookup(root, path);
  if (node === undefined || node.value === "") return "";
  let value = node.value;
  for (let at = node; at.parent !== undefined; at = at.parent) {
    const above = at.parent.value;
    if (above === "") continue;
    if (value.startsWith("/")) break;
    if (/^(?:~|\.\.?)\//.test(value)) break;
    value = above.endsWith("/") ? above + value : `${above}/${value}`;
  }
  if (value.startsWith("/dev/null")) return "/dev/null";
  return normalise(underRootDir(root, value));
}

/** The same for a folder: with a slash at the end. */
export function folderOf(root: ConfigNode, path: string): string {
  const file = pathOf(root, path);
  return file === "" || file === "/dev/null" || file.endsWith("/") ? file : `${file}/`;
}

function underRootDir(root: ConfigNode, path: string): string {
  const rootDir = settingOf(root, "RootDir");
  return rootDir === "" ? path : `${rootDir}/${path}`;
}

function normalise(path: string): string {
  return path.replace(/\/+(?:\.\/+)*/g, "/");
}

function sameName(a: string, b: string): boolean {
  return a.length === b.length && (a === b || a.toLowerCase() === b.toLowerCase());
}
