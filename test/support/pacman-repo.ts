import { execFile } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { GpgHome } from "./gpg-home.ts";
import { type BuiltPackage, buildPackage, type PacmanSpec } from "./pacman-package.ts";

const exec = promisify(execFile);
const ENV = { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" };
/** Long enough ago for every key and signature, and before nothing that matters. */
export const SIGNED_AT = new Date("2026-01-01T00:00:00Z");

export interface PublishedAs {
  /** Of the database. Default `gz`; empty: not compressed. */
  readonly compression?: "gz" | "zst" | "xz" | "";
  /** Key that signs the packages, by fingerprint; null: nobody. Default: the lab's. */
  readonly packageKey?: string | null;
  /** Key that signs the database, likewise. */
  readonly databaseKey?: string | null;
  readonly at?: Date;
  /** Hash of the packages' signatures. Default: gpg's. */
  readonly digest?: "SHA1";
}

/** Repositories as Arch has them, a folder each, made with the real repo-add and signed with a real gpg. */
export class PacmanRepos {
  readonly folder: string;
  readonly gpg = new GpgHome();
  readonly key: string;
  readonly #packages = new Map<string, BuiltPackage>();

  constructor(folder: string) {
    this.folder = folder;
    this.key = this.gpg.makeKey("repo", { at: SIGNED_AT });
    mkdirSync(folder, { recursive: true, mode: 0o755 });
  }

  /** Replaces what the repository had of this name; `publish` makes it seen. */
  async add(spec: PacmanSpec): Promise<BuiltPackage> {
    const built = await buildPackage(spec);
    this.#packages.set(`${spec.repo ?? "omgtest"} ${spec.name}`, built);
    return built;
  }

  withdraw(name: string, repo = "omgtest"): void {
    this.#packages.delete(`${repo} ${name}`);
  }

  /** The file of a package, wherever a lab wants it: with its signature beside it. */
  async copyTo(folder: string, spec: PacmanSpec, as: PublishedAs = {}): Promise<string> {
    const { path, filename } = await buildPackage(spec);
    const to = join(folder, filename);
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    copyFileSync(path, to);
    this.#sign(to, as.packageKey === undefined ? this.key : as.packageKey, as);
    return to;
  }

  repositories(): readonly string[] {
    const names = [...this.#packages.keys()].map((key) => key.split(" ")[0] ?? "");
    return [...new Set(names)].filter((name) => name !== "none").sort();
  }

  /** Writes one repository anew, with all that was added to it. */
  async publish(repo: string, as: PublishedAs = {}): Promise<void> {
    const { compression = "gz", databaseKey = this.key } = as;
    const folder = join(this.folder, repo);
    const own = [...this.#packages].filter(([key]) => key.startsWith(`${repo} `)).map(([, built]) => built);
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    // Packages stay where they are: what was published once can be fetched for as long as a test wants.
    const files = await Promise.all(own.map(({ spec }) => this.copyTo(folder, spec, as)));
    const database = join(folder, `${repo}.db.tar${compression === "" ? "" : `.${compression}`}`);
    for (const name of [`${repo}.db`, `${repo}.db.sig`, `${repo}.files`]) rmSync(join(folder, name), { force: true });
    for (const name of [database, `${database}.sig`]) rmSync(name, { force: true });
    await exec("repo-add", ["--quiet", database, ...files], { env: ENV, cwd: folder });
    if (!existsSync(join(folder, `${repo}.db`))) symlinkSync(database, join(folder, `${repo}.db`));
    this.#sign(database, databaseKey, as.at === undefined ? {} : { at: as.at });
    if (databaseKey !== null) symlinkSync(`${database}.sig`, join(folder, `${repo}.db.sig`));
  }

  dispose(): void {
    this.gpg.dispose();
  }

  #sign(file: string, key: string | null, { at = SIGNED_AT, digest }: Pick<PublishedAs, "at" | "digest">): void {
    rmSync(`${file}.sig`, { force: true });
    const how = { keys: key === null ? [] : [key], at, ...(digest && { digest }) };
    if (key !== null) this.gpg.detach(file, `${file}.sig`, how, "binary");
  }
}
