import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join, normalize } from "node:path";

/** Content by path. `.SRCINFO` is made from the PKGBUILD by the real makepkg where it is not given. */
export type RecipeFiles = Readonly<Record<string, string>> & { readonly PKGBUILD: string };

/** An AUR of the tests' own on loopback: real git repositories, and answers in the form of aurweb's interface. */
export interface AurLab {
  readonly url: string;
  /** Folder that is served. */
  readonly served: string;
  /** The part of it that is seen below `/files`. */
  readonly files: string;
  /** Questions that were asked of the interface, in order. */
  readonly questions: readonly string[];
  /** Commits these files as the recipe's newest state. @returns the commit */
  publish(base: string, files: RecipeFiles): string;
  /** Puts another history in the place of the recipe's. @returns its commit */
  rewrite(base: string, files: RecipeFiles): string;
  /** A repository that is somebody's source: `git+URL`. */
  upstream(name: string): Upstream;
  close(): Promise<void>;
}

export interface Upstream {
  readonly url: string;
  commit(files: Readonly<Record<string, string>>, tag?: string): string;
}

/** What `needs` has to find before a recipe can be published and built. */
export const AUR_NEEDS = ["bubblewrap", "fakeroot", "git", "makepkg"] as const;

const WORKER = { uid: 60_999, gid: 60_999 };
const ENV = {
  PATH: "/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
  HOME: "/nonexistent",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_AUTHOR_NAME: "Maintainer",
  GIT_AUTHOR_EMAIL: "maintainer@omg.test",
  GIT_COMMITTER_NAME: "Maintainer",
  GIT_COMMITTER_EMAIL: "maintainer@omg.test",
};

export async function createAurLab(): Promise<AurLab> {
  const folder = mkdtempSync(join(tmpdir(), "omg-aur-"));
  chmodSync(folder, 0o755);
  const served = join(folder, "served");
  const files = join(served, "files");
  mkdirSync(files, { recursive: true });
  const questions: string[] = [];
  const bases = new Map<string, readonly string[]>();
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://aur");
    if (!url.pathname.startsWith("/rpc/")) return file(served, decodeURIComponent(url.pathname), response);
    questions.push(decodeURIComponent(url.search));
    return answer(url, bases, response);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const commit = (base: string, content: RecipeFiles, anew: boolean) => {
    const all = { ...content, ".SRCINFO": content[".SRCINFO"] ?? srcinfoOf(folder, content) };
    bases.set(
      base,
      [...all[".SRCINFO"].matchAll(/^pkgname = (.*)$/gm)].map(([, name = ""]) => name),
    );
    return commitTo(join(folder, "work", base), join(served, `${base}.git`), all, { anew });
  };
  return {
    url,
    served,
    files,
    questions,
    publish: (base, content) => commit(base, content, false),
    rewrite: (base, content) => commit(base, content, true),
    upstream: (name) => ({
      url: `${url}/src/${name}.git`,
      commit: (content, tag) =>
        commitTo(join(folder, "src", name), join(served, "src", `${name}.git`), content, {
          anew: false,
          ...(tag === undefined ? {} : { tag }),
        }),
    }),
    close: async () => {
      await closed(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}

function file(folder: string, path: string, response: ServerResponse): void {
  const found = join(folder, normalize(path));
  if (statSync(found, { throwIfNoEntry: false })?.isFile() === true) response.end(readFileSync(found));
  else response.writeHead(404).end();
}

/** aurweb's RPC interface, version 5, `info`. */
function answer(url: URL, bases: ReadonlyMap<string, readonly string[]>, response: ServerResponse): void {
  const asked = url.searchParams.getAll("arg[]");
  const results = [...bases].flatMap(([base, names]) =>
    names
      .filter((name) => asked.includes(name))
      .map((name, ID) => ({
        ID,
        Name: name,
        PackageBaseID: ID,
        PackageBase: base,
        Version: "1.0-1",
        Description: "",
        URL: null,
        NumVotes: 0,
        Popularity: 0,
        OutOfDate: null,
        Maintainer: "maintainer",
        FirstSubmitted: 1_700_000_000,
        LastModified: 1_700_000_000,
        URLPath: `/cgit/aur.git/snapshot/${base}.tar.gz`,
      })),
  );
  const body = { resultcount: results.length, results, type: "multiinfo", version: 5 };
  response.setHeader("content-type", "application/json").end(JSON.stringify(body));
}

/** By the real makepkg, which refuses to run as root. */
function srcinfoOf(folder: string, files: RecipeFiles): string {
  const place = mkdtempSync(join(folder, "srcinfo-"));
  chmodSync(place, 0o777);
  write(place, files);
  return execFileSync("makepkg", ["--printsrcinfo"], { cwd: place, env: ENV, ...WORKER, encoding: "utf8" });
}

function commitTo(
  work: string,
  bare: string,
  files: Readonly<Record<string, string>>,
  { anew, tag }: { readonly anew: boolean; readonly tag?: string },
): string {
  const git = (...args: readonly string[]) => execFileSync("git", args, { cwd: work, env: ENV, encoding: "utf8" });
  if (anew) rmSync(work, { recursive: true, force: true });
  if (!existsSync(work)) {
    mkdirSync(work, { recursive: true });
    git("init", "--quiet", "--initial-branch=master");
  }
  git("rm", "-r", "--quiet", "--force", "--ignore-unmatch", ".");
  write(work, files);
  git("add", "--all", "--force");
  git("commit", "--quiet", "--allow-empty", "--message=A change");
  if (tag !== undefined) git("tag", "--annotate", "--message=A release", tag);
  if (!existsSync(bare))
    execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=master", bare], { env: ENV });
  git("push", "--quiet", "--force", "--tags", bare, "master");
  execFileSync("git", ["update-server-info"], { cwd: bare, env: ENV });
  return git("rev-parse", "HEAD").trim();
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content, { mode: 0o644 });
  }
}

/** A PKGBUILD that packs one text file, unless `body` says otherwise. */
export function pkgbuild(
  name: string,
  fields: Readonly<Record<string, string>> = {},
  body = `package() {
  install -Dm644 /dev/stdin "$pkgdir/usr/share/${name}/version" <<< "$pkgver"
}`,
): string {
  const all = { pkgname: name, pkgver: "1.0", pkgrel: "1", pkgdesc: `'A test package'`, arch: "(any)", ...fields };
  const lines = Object.entries(all).map(([key, value]) => `${key}=${value}`);
  return `${lines.join("\n")}\n\n${body}\n`;
}
