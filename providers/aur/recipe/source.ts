import { invalid } from "./srcinfo.ts";

/** One entry of `source`, taken apart (PKGBUILD(5), "Using VCS Sources"). */
export type Source = SourceFile | SourceRepository;

export interface SourceFile {
  readonly type: "companion" | "download";
  /** Name on the disk. */
  readonly file: string;
  /** Absent for what lies beside the recipe. */
  readonly address?: string;
  /** Kind and hex digest, as far as the recipe has some. */
  readonly sums: readonly Sum[];
}

export interface SourceRepository {
  readonly type: "git";
  readonly file: string;
  readonly address: string;
  /** Absent: the branch that the repository has for its own. */
  readonly fragment?: { readonly kind: "commit" | "tag" | "branch"; readonly name: string };
}

export interface Sum {
  readonly kind: SumKind;
  readonly hex: string;
}

export type SumKind = keyof typeof HEX_DIGITS;

/** Digits of each kind of checksum; `ck` is cksum(1)'s, and no protection. */
const HEX_DIGITS = { md5: 32, sha1: 40, sha224: 56, sha256: 64, sha384: 96, sha512: 128, b2: 128 } as const;

/** What stands on the disk as a single name, and can be no option. */
const FILE = /^[A-Za-z0-9.+@_][A-Za-z0-9._+@~=,%&()!-]{0,199}$/;
const DOWNLOAD = /^(?:https?):\/\/[!-~]+$/;
const REPOSITORY = /^(?:https?|git):\/\/[!-~]+$/;
/** git-check-ref-format(1), as far as names are in use. */
const REFERENCE = /^(?!.*(?:\.\.|\/\/|@\{|\.lock(?:\/|$)))[A-Za-z0-9][A-Za-z0-9._/+-]{0,199}$/;

/** `sums`: kind and value of each list of checksums. Pure. Errors: OmgError `recipe-invalid`. */
export function sourceOf(entry: string, sums: readonly (readonly [string, string])[]): Source {
  const [, named, rest = ""] = /^(?:(.*?)::)?(.*)$/s.exec(entry) ?? [];
  if (rest.startsWith("git+") || rest.startsWith("git://")) return repositoryOf(named, rest);
  if (!rest.includes("://")) return { type: "companion", file: fileNamed(named ?? rest), sums: sumsOf(sums) };
  if (!DOWNLOAD.test(rest)) throw invalid(`the source ${shown(entry)} is fetched in a way that omg has not`);
  const file = fileNamed(named ?? rest.slice(rest.lastIndexOf("/") + 1));
  return { type: "download", file, address: rest, sums: sumsOf(sums) };
}

function repositoryOf(named: string | undefined, rest: string): SourceRepository {
  const hash = rest.indexOf("#");
  const [whole, fragment] = hash < 0 ? [rest, undefined] : [rest.slice(0, hash), rest.slice(hash + 1)];
  const address = whole.replace(/^git\+/, "").replace(/\?.*$/, "");
  if (!REPOSITORY.test(address)) throw invalid(`the repository ${shown(rest)} is fetched in a way that omg has not`);
  const last = address.replace(/\/$/, "").slice(address.replace(/\/$/, "").lastIndexOf("/") + 1);
  const file = fileNamed(named ?? last.replace(/\.git.*$/, ""));
  return { type: "git", file, address, ...(fragment === undefined ? {} : { fragment: fragmentOf(fragment) }) };
}

function fragmentOf(text: string): NonNullable<SourceRepository["fragment"]> {
  const [, kind, name = ""] = /^(commit|tag|branch)=(.*)$/.exec(text) ?? [];
  const fits = kind === "commit" ? /^[0-9a-f]{7,64}$/.test(name) : REFERENCE.test(name);
  if (kind === undefined || !fits) throw invalid(`#${shown(text)} says nothing of a commit, tag or branch`);
  return { kind: kind as "commit" | "tag" | "branch", name };
}

function fileNamed(name: string): string {
  if (FILE.test(name) && name !== "." && name !== "..") return name;
  throw invalid(`${shown(name)} is no name for a source on the disk`);
}

function sumsOf(sums: readonly (readonly [string, string])[]): readonly Sum[] {
  return sums.flatMap(([kind, value]) => {
    if (value === "SKIP" || kind === "ck") return [];
    const digits = HEX_DIGITS[kind as SumKind];
    if (digits === undefined || !new RegExp(`^[0-9a-fA-F]{${digits}}$`).test(value))
      throw invalid(`${shown(value)} is no ${kind} checksum`);
    return [{ kind: kind as SumKind, hex: value.toLowerCase() }];
  });
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 120));
}
