import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const exec = promisify(execFile);

/** A Debian package as a test describes it. */
export interface DebSpec {
  readonly name: string;
  readonly version: string;
  /** Default `all`. */
  readonly arch?: string;
  /** Further control fields: `Depends`, `Conflicts`, `Essential`. */
  readonly fields?: Readonly<Record<string, string>>;
  /** Content by path without the leading slash; paths with `/bin/` in them become executable. */
  readonly files?: Readonly<Record<string, string>>;
  /** Symbolic links by path without the leading slash, with where they lead. */
  readonly links?: Readonly<Record<string, string>>;
  /** Which of the files are conffiles, as absolute paths. */
  readonly conffiles?: readonly string[];
  /** Shell code of maintainer scripts; `$DPKG_ROOT` is the root's folder. */
  readonly scripts?: Readonly<Partial<Record<"preinst" | "postinst" | "prerm" | "postrm", string>>>;
  /** Bytes of a file beside them, so that the package is about as large: it is not compressed then. */
  readonly filler?: number;
  /** Any text that makes two builds of one version differ in their bytes. */
  readonly build?: string;
  /** Suite of the repository. Default `stable`. */
  readonly suite?: string;
}

/** A package that was built. */
export interface BuiltDeb {
  readonly spec: DebSpec;
  /** Absolute path of the file in the cache. */
  readonly path: string;
  readonly filename: string;
  readonly control: string;
  readonly sha256: string;
  readonly sha512: string;
  readonly size: number;
}

/** Folder that keeps keys and built packages between tests, in the temporary folder of the system. */
export const CACHE = join(tmpdir(), `omg-apt-lab-${process.getuid?.() ?? 0}`);

const BUILD_ENV = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C.UTF-8", SOURCE_DATE_EPOCH: "1700000000" };
const inFlight = new Map<string, Promise<BuiltDeb>>();

/** Builds with the real dpkg-deb, once for each different specification. */
export function buildDeb(spec: DebSpec): Promise<BuiltDeb> {
  const { suite: _, ...content } = spec;
  const key = createHash("sha256").update(JSON.stringify(content)).digest("hex");
  let pending = inFlight.get(key);
  if (pending === undefined) {
    pending = build(spec, key);
    inFlight.set(key, pending);
  }
  return pending.then((built) => ({ ...built, spec }));
}

async function build(spec: DebSpec, key: string): Promise<BuiltDeb> {
  const path = join(CACHE, "debs", `${key}.deb`);
  if (!existsSync(path)) await packTo(path, spec);
  const bytes = readFileSync(path);
  return {
    spec,
    path,
    filename: `${spec.name}_${spec.version.replaceAll(":", "%3a")}_${spec.arch ?? "all"}.deb`,
    control: controlOf(spec),
    sha256: createHash("sha256").update(bytes).digest("hex"),
    sha512: createHash("sha512").update(bytes).digest("hex"),
    size: bytes.length,
  };
}

async function packTo(path: string, spec: DebSpec): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const work = mkdtempSync(join(tmpdir(), "omg-deb-"));
  try {
    const tree = join(work, "tree");
    writeTree(tree, spec);
    const compression = spec.filler === undefined ? ["-Zgzip", "-z1"] : ["-Znone"];
    await exec("dpkg-deb", ["--root-owner-group", ...compression, "--build", tree, join(work, "out.deb")], {
      env: BUILD_ENV,
    });
    const staged = `${path}.${process.pid}`;
    cpSync(join(work, "out.deb"), staged);
    renameSync(staged, path);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function writeTree(tree: string, spec: DebSpec): void {
  const files = {
    [`usr/share/${spec.name}/version`]: `${spec.name} ${spec.version} ${spec.build ?? ""}\n`,
    ...spec.files,
  };
  for (const [name, content] of Object.entries(files))
    put(join(tree, name), content, name.includes("/bin/") ? 0o755 : 0o644);
  if (spec.filler !== undefined) {
    put(join(tree, `usr/share/${spec.name}/filler`), "", 0o644);
    truncateSync(join(tree, `usr/share/${spec.name}/filler`), spec.filler);
  }
  for (const [name, target] of Object.entries(spec.links ?? {})) {
    mkdirSync(dirname(join(tree, name)), { recursive: true, mode: 0o755 });
    symlinkSync(target, join(tree, name));
  }
  put(join(tree, "DEBIAN/control"), controlOf(spec), 0o644);
  if (spec.conffiles) put(join(tree, "DEBIAN/conffiles"), spec.conffiles.map((path) => `${path}\n`).join(""), 0o644);
  for (const [name, code] of Object.entries(spec.scripts ?? {}))
    put(join(tree, "DEBIAN", name), `#!/bin/sh\nset -e\n${code}\n`, 0o755);
}

function put(path: string, content: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  writeFileSync(path, content, { mode });
}

function controlOf(spec: DebSpec): string {
  const fields: Record<string, string> = {
    Package: spec.name,
    Version: spec.version,
    Architecture: spec.arch ?? "all",
    Maintainer: "OMG Test <apt@omg.test>",
    "Installed-Size": "4",
    Section: "misc",
    Priority: "optional",
    ...spec.fields,
    Description: `omg test package ${spec.name}\n Long text of ${spec.name}.`,
  };
  return Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}\n`)
    .join("");
}
