/** What a path led to when an answer was made from it; absent where it led nowhere. */
export interface Stamp {
  readonly path: string;
  /** A shell that is in the folder looks at it before each prompt. */
  readonly watch: boolean;
  readonly found?: {
    /** Nanoseconds since the epoch, of the content and of the inode. */
    readonly modified: bigint;
    readonly changed: bigint;
    readonly size: bigint;
    readonly inode: bigint;
  };
}

/** A program that is called by name: where it is, or why it is not there and what would bring it. */
export type ResolvedTool =
  | { readonly name: string; readonly path: string }
  | { readonly name: string; readonly message: string; readonly hint: string };

/** A variable: its value, where a shell takes it from, or that it is to be unset. */
export interface ResolvedVariable {
  readonly name: string;
  readonly kind: (typeof VARIABLE_KINDS)[number];
  readonly value: string;
}

/** Everything that a folder is for a shell or a shim. Texts hold no NUL. */
export interface Resolved {
  /** Physical path. */
  readonly folder: string;
  readonly stamps: readonly Stamp[];
  readonly tools: readonly ResolvedTool[];
  /** Folders to put before PATH, the first one first. */
  readonly paths: readonly string[];
  readonly variables: readonly ResolvedVariable[];
  readonly aliases: readonly { readonly name: string; readonly value: string }[];
  /** What the person should know who comes here, a line each. */
  readonly notices: readonly string[];
}

/** The index is the number in the file. */
export const VARIABLE_KINDS = ["value", "env", "file", "command", "unset"] as const;
/** The largest file, in bytes. */
export const MAX_RESOLVED = 1 << 20;

const MAGIC = 0x4f4d4752;
const VERSION = 1;
const HEADER = 40;
/** Bits of a stamp. */
const PRESENT = 1;
const WATCHED = 2;

/**
 * The bytes of a resolved folder, little-endian: magic, version, size of the whole, and six counts (u32 each), a zero; then the folder, and the
 * records of each list. A text is its length (u32), its bytes, and a NUL. native/resolved.c reads the same.
 * @returns undefined where it would be larger than MAX_RESOLVED
 */
export function encodeResolved(resolved: Resolved): Uint8Array | undefined {
  const { stamps, tools, paths, variables, aliases, notices } = resolved;
  const body = Buffer.concat([
    text(resolved.folder),
    ...stamps.flatMap(stampBytes),
    ...tools.flatMap((tool) =>
      "path" in tool
        ? [u32(0), text(tool.name), text(tool.path), text("")]
        : [u32(1), text(tool.name), text(tool.message), text(tool.hint)],
    ),
    ...paths.map(text),
    ...variables.flatMap(({ name, kind, value }) => [u32(VARIABLE_KINDS.indexOf(kind)), text(name), text(value)]),
    ...aliases.flatMap(({ name, value }) => [text(name), text(value)]),
    ...notices.map(text),
  ]);
  const counts = [stamps, tools, paths, variables, aliases, notices].map(({ length }) => u32(length));
  const head = [u32(MAGIC), u32(VERSION), u32(HEADER + body.length), ...counts, u32(0)];
  return HEADER + body.length > MAX_RESOLVED ? undefined : Buffer.concat([...head, body]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt.asUintN(64, value));
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u32(bytes.length), bytes, Buffer.alloc(1)]);
}

function stampBytes({ path, watch, found }: Stamp): Buffer[] {
  const facts = found === undefined ? [0n, 0n, 0n, 0n] : [found.modified, found.changed, found.size, found.inode];
  return [u32((found === undefined ? 0 : PRESENT) | (watch ? WATCHED : 0)), ...facts.map(u64), text(path)];
}

/** What the bytes say; undefined where they are not exactly such a file. The caller checks whose it is, and its stamps. */
export function decodeResolved(bytes: Uint8Array): Resolved | undefined {
  const reader = new Reader(bytes);
  if (bytes.byteLength > MAX_RESOLVED || reader.u32() !== MAGIC || reader.u32() !== VERSION) return undefined;
  if (reader.u32() !== bytes.byteLength) return undefined;
  const [stamps, tools, paths, variables, aliases, notices] = [0, 1, 2, 3, 4, 5].map(() => reader.u32());
  if (reader.u32() !== 0) return undefined;
  const resolved: Resolved = {
    folder: reader.absolute(),
    stamps: reader.list(stamps, () => reader.stamp()),
    tools: reader.list(tools, () => reader.tool()),
    paths: reader.list(paths, () => reader.folder()),
    variables: reader.list(variables, () => reader.variable()),
    aliases: reader.list(aliases, () => ({ name: reader.named(ALIAS), value: reader.text() })),
    notices: reader.list(notices, () => reader.text()),
  };
  return reader.isDone() ? resolved : undefined;
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const ALIAS = /^[A-Za-z0-9_.][A-Za-z0-9_.:+@-]*$/;

/** Reads on after a fault, and gives nothing more. */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;
  #faulty = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u32(): number {
    if (!this.#has(4)) return 0;
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }

  text(): string {
    const length = this.u32();
    if (!this.#has(length + 1)) return "";
    const start = this.#at;
    this.#at += length + 1;
    if (this.#bytes.indexOf(0, start) !== start + length) this.#faulty = true;
    const value = Buffer.from(this.#bytes.subarray(start, start + length)).toString("utf8");
    // What is not UTF-8 is read as that, and then nobody can tell which file was meant.
    if (value.includes("\ufffd")) this.#faulty = true;
    return value;
  }

  named(pattern: RegExp): string {
    const name = this.text();
    if (!pattern.test(name)) this.#faulty = true;
    return name;
  }

  absolute(): string {
    return this.named(/^\//);
  }

  /** A part of PATH. */
  folder(): string {
    return this.named(/^\/[^:]*$/);
  }

  stamp(): Stamp {
    const bits = this.#oneOf(4);
    const watch = (bits & WATCHED) !== 0;
    const [modified = 0n, changed = 0n, size = 0n, inode = 0n] = [0, 1, 2, 3].map(() => this.#u64());
    const path = this.absolute();
    return (bits & PRESENT) === 0 ? { path, watch } : { path, watch, found: { modified, changed, size, inode } };
  }

  tool(): ResolvedTool {
    const missing = this.#oneOf(2) === 1;
    const [name, value] = [this.named(/^[^/]+$/), missing ? this.text() : this.absolute()];
    const hint = this.text();
    return missing ? { name, message: value, hint } : { name, path: value };
  }

  variable(): ResolvedVariable {
    const kind = VARIABLE_KINDS[this.#oneOf(VARIABLE_KINDS.length)] ?? "unset";
    return { name: this.named(VARIABLE), kind, value: this.text() };
  }

  list<T>(count: number | undefined, read: () => T): T[] {
    const items: T[] = [];
    while (!this.#faulty && items.length < (count ?? 0)) items.push(read());
    return items;
  }

  isDone(): boolean {
    return !this.#faulty && this.#at === this.#bytes.byteLength;
  }

  #u64(): bigint {
    if (!this.#has(8)) return 0n;
    this.#at += 8;
    return this.#view.getBigUint64(this.#at - 8, true);
  }

  #oneOf(count: number): number {
    const value = this.u32();
    if (value >= count) this.#faulty = true;
    return value;
  }

  #has(length: number): boolean {
    if (this.#faulty || this.#at + length > this.#bytes.byteLength) this.#faulty = true;
    return !this.#faulty;
  }
}
