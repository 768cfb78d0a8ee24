import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { type BuiltDeb, buildDeb, CACHE, type DebSpec } from "./deb.ts";

const exec = promisify(execFile);
const ENV = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8" };
const KEY_NAME = "OMG Apt Lab <apt@omg.test>";

export interface PublishOptions {
  readonly date?: Date;
  readonly validUntil?: Date;
  readonly suite?: string;
  /** What the Release file says in Label and Origin. Default: `OMG`. */
  readonly label?: string;
  /** Version of the distribution, as `Release` has it: `12`. */
  readonly version?: string;
  /** Leave the files unsigned. */
  readonly unsigned?: boolean;
}

/** A repository on disk, signed with a key of its own. */
export class AptRepo {
  readonly path: string;
  /** The public key, as `Signed-By` takes it. */
  readonly keyring: string;
  readonly architectures: readonly string[];
  readonly #gnupg: string;
  readonly #debs = new Map<string, BuiltDeb>();

  constructor(folder: string, architectures: readonly string[] = ["amd64"]) {
    this.architectures = architectures;
    this.path = join(folder, "repo");
    this.#gnupg = join(folder, "gnupg");
    this.keyring = join(this.#gnupg, "public.gpg");
    mkdirSync(this.path, { recursive: true, mode: 0o755 });
  }

  /** Takes the key over; made once and kept in the cache. */
  async init(): Promise<void> {
    const made = join(CACHE, "key");
    if (!existsSync(made)) await makeKey(made);
    cpSync(made, this.#gnupg, { recursive: true });
  }

  /** Puts a package into its suite's pool; `publish` makes it visible. */
  async add(spec: DebSpec): Promise<BuiltDeb> {
    const built = await buildDeb(spec);
    const path = join(this.path, poolPath(built));
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    rmSync(path, { force: true });
    writeFileSync(path, readFileSync(built.path));
    this.#debs.set(poolPath(built), built);
    return built;
  }

  /** Takes a version out of index and pool, as archives do with superseded ones. */
  withdraw(name: string, version: string): void {
    for (const [path, built] of this.#debs) {
      if (built.spec.name !== name || built.spec.version !== version) continue;
      this.#debs.delete(path);
      rmSync(join(this.path, path), { force: true });
    }
  }

  /** The built package, for its hash and size. */
  deb(name: string, version: string, suite = "stable", arch?: string): BuiltDeb {
    const found = [...this.#debs.values()].find(
      ({ spec }) =>
        spec.name === name &&
        spec.version === version &&
        (spec.suite ?? "stable") === suite &&
        (arch === undefined || spec.arch === arch),
    );
    if (found === undefined) throw new Error(`the lab has no ${name} ${version}`);
    return found;
  }

  /** Absolute path of a package in the pool. */
  file(name: string, version: string): string {
    return join(this.path, poolPath(this.deb(name, version)));
  }

  suites(): string[] {
    return [...new Set([...this.#debs.values()].map(({ spec }) => spec.suite ?? "stable"))];
  }

  /** Writes the indexes of a suite (all suites where none is named) and signs them. */
  async publish(options: PublishOptions = {}): Promise<void> {
    const suites = options.suite ? [options.suite] : this.suites();
    await Promise.all(suites.map((suite) => this.#publishSuite(suite, options)));
  }

  async #publishSuite(suite: string, options: PublishOptions): Promise<void> {
    const dist = join(this.path, "dists", suite);
    const files: Record<string, Buffer> = {};
    for (const arch of this.architectures) {
      const packages = this.#packages(suite, arch);
      files[`main/binary-${arch}/Packages`] = packages;
      files[`main/binary-${arch}/Packages.gz`] = gzipSync(packages);
      mkdirSync(join(dist, `main/binary-${arch}`), { recursive: true, mode: 0o755 });
    }
    for (const [name, content] of Object.entries(files)) writeFileSync(join(dist, name), content);
    writeFileSync(join(dist, "Release"), release(suite, this.architectures, files, options));
    for (const name of ["InRelease", "Release.gpg"]) rmSync(join(dist, name), { force: true });
    if (!options.unsigned) await this.#sign(dist);
  }

  #packages(suite: string, arch: string): Buffer {
    const listed = [...this.#debs].filter(
      ([, { spec }]) => (spec.suite ?? "stable") === suite && [arch, "all", undefined].includes(spec.arch),
    );
    return Buffer.from(listed.map(([path, built]) => stanza(path, built)).join("\n"));
  }

  async #sign(dist: string): Promise<void> {
    const gpg = ["--batch", "--yes", "--quiet", "--homedir", this.#gnupg];
    await exec("gpg", [...gpg, "--clearsign", "-o", join(dist, "InRelease"), join(dist, "Release")], { env: ENV });
  }

  /** Ends the key agent that gpg started for this repository's key. */
  async dispose(): Promise<void> {
    await exec("gpgconf", ["--homedir", this.#gnupg, "--kill", "gpg-agent"], { env: ENV }).catch(() => undefined);
  }
}

function poolPath(built: BuiltDeb): string {
  return `pool/${built.spec.suite ?? "stable"}/${built.filename}`;
}

function stanza(path: string, built: BuiltDeb): string {
  return `${built.control.trimEnd()}\nFilename: ${path}\nSize: ${built.size}\nSHA256: ${built.sha256}\n`;
}

function release(
  suite: string,
  architectures: readonly string[],
  files: Readonly<Record<string, Buffer>>,
  options: PublishOptions,
): string {
  const sums = Object.entries(files).map(
    ([name, content]) => ` ${createHash("sha256").update(content).digest("hex")} ${content.length} ${name}\n`,
  );
  const until = options.validUntil ? `Valid-Until: ${options.validUntil.toUTCString()}\n` : "";
  const date = `Date: ${(options.date ?? new Date()).toUTCString()}\n`;
  const label = options.label ?? "OMG";
  const version = options.version === undefined ? "" : `Version: ${options.version}\n`;
  return `${version}Origin: ${label}\nLabel: ${label}\nSuite: ${suite}\nCodename: ${suite}\n${date}${until}Architectures: ${architectures.join(" ")}\nComponents: main\nSHA256:\n${sums.join("")}`;
}

async function makeKey(to: string): Promise<void> {
  mkdirSync(CACHE, { recursive: true, mode: 0o755 });
  const home = mkdtempSync(join(CACHE, "k"));
  const gpg = ["--batch", "--quiet", "--homedir", home];
  await exec(
    "gpg",
    [...gpg, "--pinentry-mode", "loopback", "--passphrase", "", "--quick-gen-key", KEY_NAME, "ed25519", "sign", "0"],
    { env: ENV },
  );
  await exec("gpg", [...gpg, "--output", join(home, "public.gpg"), "--export"], { env: ENV });
  await exec("gpgconf", ["--homedir", home, "--kill", "gpg-agent"], { env: ENV });
  try {
    renameSync(home, to);
  } catch {
    rmSync(home, { recursive: true, force: true });
  }
}
