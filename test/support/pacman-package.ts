import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** A package of pacman as a test describes it. */
export interface PacmanSpec {
  readonly name: string;
  /** With the release: `1.0-1`, `1:0.9-1`. */
  readonly version: string;
  /** Default `any`. */
  readonly arch?: string;
  readonly base?: string;
  readonly depends?: readonly string[];
  readonly optdepends?: readonly string[];
  readonly provides?: readonly string[];
  readonly conflicts?: readonly string[];
  readonly replaces?: readonly string[];
  readonly groups?: readonly string[];
  /** Default: nobody of Arch's. */
  readonly packager?: string;
  /** Default `MIT`. */
  readonly licenses?: readonly string[];
  /** Paths without the leading slash whose changes are kept. */
  readonly backup?: readonly string[];
  /** Content by path without the leading slash; paths with `/bin/` in them become executable. */
  readonly files?: Readonly<Record<string, string>>;
  /** Without the file that every other package has, so that it can have none at all, as Arch's `base`. */
  readonly bare?: true;
  /** Shell functions of the install script: `post_install() { … }`. */
  readonly install?: string;
  /** Any text that makes two builds of one version differ in their bytes. */
  readonly build?: string;
  /** Repository that offers it. Default `omgtest`; `none`: no repository. */
  readonly repo?: string;
}

/** A package that was built. */
export interface BuiltPackage {
  readonly spec: PacmanSpec;
  /** Absolute path of the file. */
  readonly path: string;
  readonly filename: string;
  readonly sha256: string;
}

/** Folder that keeps built packages between tests. */
const CACHE = join(tmpdir(), `omg-pacman-lab-${process.getuid?.() ?? 0}`);
const ENV = { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" };
const MTREE = "!all,use-set,type,uid,gid,mode,time,size,sha256,link";
const inFlight = new Map<string, Promise<string>>();

/** Builds what makepkg would, with the tools that makepkg uses, in a tenth of the time; once for each specification. */
export async function buildPackage(spec: PacmanSpec): Promise<BuiltPackage> {
  const { repo: _, ...content } = spec;
  const key = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  const pending = inFlight.get(key) ?? pack(spec, join(CACHE, `${key}.pkg.tar.zst`));
  inFlight.set(key, pending);
  const path = await pending;
  return {
    spec,
    path,
    filename: filenameOf(spec),
    sha256: createHash("sha256").update(readFileSync(path)).digest("hex"),
  };
}

export function filenameOf({ name, version, arch = "any" }: PacmanSpec): string {
  return `${name}-${version}-${arch}.pkg.tar.zst`;
}

async function pack(spec: PacmanSpec, path: string): Promise<string> {
  if (existsSync(path)) return path;
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const work = mkdtempSync(join(tmpdir(), "omg-pkg-"));
  try {
    const tree = join(work, "tree");
    const members = writeTree(tree, spec);
    const owner = ["--uid", "0", "--gid", "0"];
    await exec("bsdtar", ["-czf", ".MTREE", "--format=mtree", `--options=${MTREE}`, ...owner, ...members], {
      cwd: tree,
      env: ENV,
    });
    const tar = join(work, "package.tar");
    const names = ["--uname", "root", "--gname", "root"];
    await exec("bsdtar", ["-cf", tar, ...owner, ...names, ".MTREE", ...members], { cwd: tree, env: ENV });
    const staged = `${path}.${process.pid}`;
    await exec("zstd", ["-q", "-1", "-f", tar, "-o", staged], { env: ENV });
    renameSync(staged, path);
    return path;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Gives the names to pack, in order. */
function writeTree(tree: string, spec: PacmanSpec): readonly string[] {
  const files = {
    ...(spec.bare ? {} : { [`usr/share/${spec.name}/version`]: `${spec.name} ${spec.version} ${spec.build ?? ""}\n` }),
    ...spec.files,
  };
  for (const [name, content] of Object.entries(files))
    put(join(tree, name), content, name.includes("/bin/") ? 0o755 : 0o644);
  put(join(tree, ".PKGINFO"), infoOf(spec, Object.values(files).join("").length), 0o644);
  if (spec.install !== undefined) put(join(tree, ".INSTALL"), `${spec.install}\n`, 0o644);
  const top = [...new Set(Object.keys(files).map((name) => name.split("/")[0] ?? name))].sort();
  return [".PKGINFO", ...(spec.install === undefined ? [] : [".INSTALL"]), ...top];
}

function put(path: string, content: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, content, { mode });
}

/** PKGINFO as makepkg writes it. */
function infoOf(spec: PacmanSpec, size: number): string {
  const lists = {
    license: spec.licenses ?? ["MIT"],
    depend: spec.depends,
    optdepend: spec.optdepends,
    provides: spec.provides,
    conflict: spec.conflicts,
    replaces: spec.replaces,
    group: spec.groups,
    backup: spec.backup,
  };
  const single = {
    pkgname: spec.name,
    pkgbase: spec.base ?? spec.name,
    pkgver: spec.version,
    pkgdesc: `omg test package ${spec.name}`,
    url: `https://omg.test/${spec.name}`,
    builddate: "1700000000",
    packager: spec.packager ?? "OMG Test <repo@omg.test>",
    size: String(size),
    arch: spec.arch ?? "any",
  };
  const many = Object.entries(lists).flatMap(([key, values]) => (values ?? []).map((value) => [key, value] as const));
  return [...Object.entries(single), ...many].map(([key, value]) => `${key} = ${value}\n`).join("");
}
