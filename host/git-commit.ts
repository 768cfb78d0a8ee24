/** A commit as its object says it. All text is latin1: a character for each byte. */
export interface Commit {
  /** Hex names. */
  readonly tree: string;
  readonly parents: readonly string[];
  /** `Name <address> seconds zone`. */
  readonly committer: string;
  /** First line of the message. */
  readonly subject: string;
  /** ASCII armour, without the blanks that git puts before its lines; absent where nobody signed. */
  readonly signature?: string;
  /** What the signature is over. */
  readonly signed: string;
}

/** Header of a signature in a repository whose names are SHA-1; the other is for SHA-256 (git's hash-function-transition.txt). */
const SIGNATURE = "gpgsig";
const OTHER_SIGNATURE = "gpgsig-sha256";

/**
 * Reads a commit object (git-cat-file(1); git's signature-format.txt). Undefined for anything that readers could take for two
 * things: a missing or repeated header, a signature of two kinds. Pure.
 */
export function parseCommit(object: string): Commit | undefined {
  const end = object.indexOf("\n\n");
  const head = end < 0 ? object.replace(/\n$/, "") : object.slice(0, end);
  const headers = headersOf(head);
  const named = (name: string) => headers.filter((header) => header.name === name);
  const [tree, ...rest] = headers;
  const [signature, second] = named(SIGNATURE);
  const committer = named("committer");
  const parents = named("parent").map(({ value }) => value);
  const odd =
    tree?.name !== "tree" ||
    named("tree").length !== 1 ||
    named("author").length !== 1 ||
    committer.length !== 1 ||
    second !== undefined ||
    named(OTHER_SIGNATURE).length > 0 ||
    head.includes("\0") ||
    rest.slice(0, parents.length).some(({ name }) => name !== "parent") ||
    [tree.value, ...parents].some((name) => !/^[0-9a-f]{40}$/.test(name));
  if (odd) return undefined;
  const message = end < 0 ? "" : object.slice(end + 2);
  return {
    tree: tree.value,
    parents,
    committer: committer[0]?.value ?? "",
    subject: message.split("\n", 1)[0] ?? "",
    ...(signature === undefined ? {} : { signature: `${signature.value}\n` }),
    signed: signature === undefined ? object : object.slice(0, signature.from) + object.slice(signature.to),
  };
}

interface Header {
  readonly name: string;
  /** Lines joined by line breaks, without the blank that begins each further one. */
  readonly value: string;
  /** Where it stands in the object, from its name to the end of its last line. */
  readonly from: number;
  readonly to: number;
}

function headersOf(head: string): readonly Header[] {
  return [...`${head}\n`.matchAll(/^([^ \n]*) ?(.*\n(?: .*\n)*)/gm)].map(
    ({ 0: text, 1: name = "", 2: value = "", index }) => ({
      name,
      value: value.slice(0, -1).replaceAll("\n ", "\n"),
      from: index,
      to: index + text.length,
    }),
  );
}
