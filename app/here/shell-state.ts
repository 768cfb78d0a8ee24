/** A variable as it was before: undefined where it was unset. */
export type Saved = readonly [name: string, value: string | undefined];

/** What a shell entered, and how it was before; native/state.h says how it is written. */
export interface ShellState {
  /** Folders before PATH, with a colon behind each; empty for none. */
  readonly paths: string;
  readonly saved: readonly Saved[];
  /** Hashes of the commands that variables were taken from. */
  readonly commands: readonly Saved[];
  readonly told: string;
}

const NOTHING: ShellState = { paths: "", saved: [], commands: [], told: "" };
const MAX_SAVED = 1024;
/** The shell is told to set and unset these: nothing else may become part of its code. */
const WORD = /^(?:[PM]|[SC][A-Za-z_][A-Za-z0-9_]*=|U[A-Za-z_][A-Za-z0-9_]*$)/;

/** Nothing of one that is damaged counts. */
export function readState(text: string | undefined): ShellState {
  const [version, ...words] = (text ?? "").split(" ");
  if (version !== "1" || !words.every((word) => WORD.test(word) && isEncoded(word))) return NOTHING;
  const of = (kind: string) => words.filter((word) => word.startsWith(kind)).map((word) => word.slice(1));
  const pairs = (kinds: readonly string[]) =>
    words
      .filter((word) => kinds.includes(word.charAt(0)))
      .map((word): Saved => {
        const equals = word.indexOf("=");
        return equals < 0
          ? [decoded(word.slice(1)), undefined]
          : [decoded(word.slice(1, equals)), decoded(word.slice(equals + 1))];
      });
  const paths = of("P").map(decoded);
  if (!paths.every((each) => each.startsWith("/") && each.endsWith(":"))) return NOTHING;
  const state = {
    paths: paths.at(-1) ?? "",
    saved: pairs(["S", "U"]),
    commands: pairs(["C"]),
    told: decoded(of("M").at(-1) ?? ""),
  };
  return Math.max(state.saved.length, state.commands.length) > MAX_SAVED ? NOTHING : state;
}

function isEncoded(word: string): boolean {
  return !/%(?![0-9A-F]{2})|%00/.test(word);
}

function decoded(text: string): string {
  const bytes = text.replace(/%([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

export function stateWord(kind: "P" | "S" | "U" | "C" | "M", name: string, value?: string): string {
  return ` ${kind}${encoded(name)}${value === undefined ? "" : `=${encoded(value)}`}`;
}

function encoded(text: string): string {
  return [...Buffer.from(text)]
    .map((byte) => String.fromCharCode(byte))
    .map((character) =>
      /[A-Za-z0-9_./:@,+-]/.test(character)
        ? character
        : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
    )
    .join("");
}
