import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { dirname, join, posix } from "node:path";
import { OmgError } from "../schema/error.ts";
import { errnoOf } from "./disk.ts";

/** What an archive may unpack to. */
export interface TreeLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** A folder that an archive is unpacked into: every name and link is held against it before anything is written. */
export interface ExtractedTree {
  folder(name: string): void;
  file(name: string, mode: number, content: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<void>;
  /** A second name of a file that came before. */
  hardLink(name: string, target: string): void;
  /** Made by `finish`, behind everything else, so that nothing is ever written through one. */
  symbolicLink(name: string, target: string): void;
  /** @returns paths of everything that was made, folders last and from the bottom up */
  finish(): readonly string[];
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
const LONGEST_NAME = 4096;
const DEEPEST = 64;

/**
 * An empty folder as such a tree. Owners, times, and every bit of a mode but "may be executed" are left out.
 * Errors: OmgError `archive-refused` for a name that is absolute, leads upwards, comes twice or lies below a file or link, for a link
 * that leads out, and for more than the limits let it; system errors pass.
 */
export function extractedTree(root: string, limits: TreeLimits): ExtractedTree {
  const made = new Map<string, "folder" | "file" | "link">([["", "folder"]]);
  const links = new Map<string, string>();
  let bytes = 0;

  const claim = (name: string, kind: "folder" | "file" | "link"): string => {
    requireName(name);
    if (made.size > limits.entries) throw refused(`it holds more than ${limits.entries} files`);
    if (made.has(name)) throw refused(`${shown(name)} comes twice`);
    parent(dirname(name) === "." ? "" : dirname(name));
    made.set(name, kind);
    return join(root, name);
  };
  const parent = (name: string): void => {
    const kind = made.get(name);
    if (kind === "folder") return;
    if (kind !== undefined) throw refused(`something lies below ${shown(name)}, which is no folder`);
    makeOnly(claim(name, "folder"));
  };
  return {
    folder: (name) => {
      if (made.get(name) !== "folder") makeOnly(claim(name, "folder"));
    },
    file: async (name, mode, content) => {
      const fd = create(claim(name, "file"));
      try {
        for await (const piece of content) {
          bytes += piece.length;
          if (bytes > limits.bytes) throw refused(`it unpacks to more than ${limits.bytes} bytes`);
          for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at);
        }
        fchmodSync(fd, (mode & 0o111) === 0 ? 0o644 : 0o755);
      } finally {
        closeSync(fd);
      }
    },
    hardLink: (name, target) => {
      if (made.get(target) !== "file")
        throw refused(`${shown(name)} is a link to ${shown(target)}, which is no file before it`);
      linkSync(join(root, target), claim(name, "file"));
    },
    symbolicLink: (name, target) => {
      claim(name, "link");
      requireInside(name, target);
      links.set(name, target);
    },
    finish: () => {
      for (const [name, target] of links) symlinkSync(target, join(root, name));
      const of = (kind: string) => [...made].flatMap(([name, each]) => (each === kind ? [join(root, name)] : []));
      return [...of("file"), ...of("folder").reverse()];
    },
  };
}

function makeOnly(path: string): void {
  existing(path, () => mkdirSync(path, { mode: 0o755 }));
  chmodSync(path, 0o755);
}

function create(path: string): number {
  return existing(path, () => openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
}

/** A file system for which two spellings are one name. */
function existing<T>(path: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw errnoOf(cause) === "EEXIST" ? refused(`${shown(path)} comes twice for this file system`) : cause;
  }
}

function requireName(name: string): void {
  const parts = name.split("/");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const isPlain = !/[\u0000-\u001f\u007f\\]/.test(name) && Buffer.byteLength(name) <= LONGEST_NAME;
  if (!isPlain || parts.length > DEEPEST || parts.some((part) => part === "" || part === "." || part === ".."))
    throw refused(`${shown(name)} is no name within it`);
}

/**
 * A link leads inside by its text alone: upwards first, no further than to the top, then down. With `..` behind a name it would depend on
 * where other links lead.
 */
function requireInside(name: string, target: string): void {
  const parts = target.replace(/\/+$/, "").split("/");
  const down = parts.findIndex((part) => part !== "..");
  const leadsUpAgain = down >= 0 && parts.slice(down).some((part) => part === "..");
  const inside = posix.normalize(posix.join(dirname(name), target));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  const isPlain = !/[\u0000-\u001f\u007f]/.test(target) && target.length > 0 && target.length <= LONGEST_NAME;
  if (!isPlain || target.startsWith("/") || leadsUpAgain || inside === ".." || inside.startsWith("../"))
    throw refused(`the link ${shown(name)} leads out of it, to ${shown(target)}`);
}

function shown(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}

/** For an archive that no publisher would make so. */
export function refused(reason: string): OmgError {
  return new OmgError({
    code: "archive-refused",
    exit: "refused",
    message: `The archive is not unpacked: ${reason}.`,
    state: "Nothing of it was left on the disk.",
    hint: "No publisher makes such archives. Look at where this one came from before you try again.",
  });
}
