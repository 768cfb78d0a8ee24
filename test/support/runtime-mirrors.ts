import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { nodeConfig } from "./node-dist.ts";
import { clearsigned, createRuntimeLab, detached, hashOf, type RuntimeLab } from "./runtime-lab.ts";
import { type BuildClaims, createSigstoreLab, type SigstoreLab } from "./sigstore-lab.ts";
import { zipOf } from "./zip-writer.ts";

// Publishers' servers in their own layouts, with the real programs of this machine's packages in the archives.

type Lab = RuntimeLab;
const X64 = process.arch === "x64";
const TRIPLE = `${X64 ? "x86_64" : "aarch64"}-unknown-linux-gnu`;
const BUILD = "20261101";

/** Those whose publisher signs with OpenPGP. */
export const KEYED = ["node", "go", "rust", "java", "bun"];

/** A lab whose configuration leads to mirrors of every runtime, with their keys and the trust root of their builds. */
export async function createMirrorLab(): Promise<{ readonly lab: RuntimeLab; readonly sigstore: SigstoreLab }> {
  const [lab, sigstore] = [await createRuntimeLab(), await createSigstoreLab()];
  for (const folder of ["config/trust", "config/user/trust"])
    writeFileSync(join(lab.folder, folder, "trusted_root.json"), sigstore.trustedRoot);
  for (const runtime of KEYED) lab.trust(runtime);
  lab.config(`${mirrorsConfig(lab)}${nodeConfig(lab)}`);
  return { lab, sigstore };
}

/** Files in an archive: their names there, and what they are copied from, or a text, or where a link leads. */
type Tree = Readonly<Record<string, { readonly from: string } | { readonly text: string } | { readonly link: string }>>;

function treeIn(folder: string, files: Tree): string {
  rmSync(folder, { recursive: true, force: true });
  for (const [name, file] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if ("text" in file) writeFileSync(path, file.text, { mode: 0o755 });
    else if ("link" in file) symlinkSync(file.link, path);
    else cpSync(realpathSync(file.from), path, { recursive: true, dereference: true, filter: isWanted });
  }
  return folder;
}

/** Much of Python and Java is not needed to start. */
function isWanted(path: string): boolean {
  return !/\/(?:__pycache__|dist-packages|test|tests|idlelib|tkinter|lib2to3|ensurepip|config-3[^/]*|src\.zip|[^/]*\.jsa)$/.test(
    path,
  );
}

function tar(folder: string): Buffer {
  return execFileSync("tar", ["-C", folder, "-cf", "-", ...readdirSync(folder)], { maxBuffer: 1 << 30 });
}

function tarGz(lab: Lab, files: Tree): Buffer {
  return gzipSync(tar(treeIn(join(lab.folder, "tree"), files)), { level: 1 });
}

export function attestationPath(repository: string, bytes: Buffer): string {
  return `/github/repos/${repository}/attestations/sha256:${hashOf(bytes)}`;
}

/** GitHub's attestations of these bytes. */
async function attest(
  lab: Lab,
  sigstore: SigstoreLab,
  repository: string,
  name: string,
  bytes: Buffer,
  claims: BuildClaims = {},
) {
  const bundle = await sigstore.attest({ name, bytes }, { repository, ...claims });
  lab.server.files.set(
    attestationPath(repository, bytes),
    JSON.stringify({ attestations: [{ repository_id: 1, bundle }] }),
  );
}

export interface Mirrored {
  readonly request: string;
  readonly version: string;
  /** Path of the archive on the server. */
  readonly archive: string;
  /** Path of what vouches for it. */
  readonly proof: string;
  /** A program of it with arguments, and what it then prints. */
  readonly runs: readonly [program: string, args: readonly string[], prints: RegExp];
}

export async function mirrorPython(lab: Lab, sigstore: SigstoreLab, claims: BuildClaims = {}): Promise<Mirrored> {
  const python = realpathSync("/usr/bin/python3");
  const minor = /(\d+\.\d+)$/.exec(python)?.[1] ?? "";
  const number = execFileSync(python, ["-c", "import platform; print(platform.python_version())"], {
    encoding: "utf8",
  }).trim();
  const archive = tarGz(lab, {
    [`python/bin/python${minor}`]: { from: python },
    "python/bin/python3": { link: `python${minor}` },
    "python/bin/python": { link: `python${minor}` },
    [`python/lib/python${minor}`]: { from: `/usr/lib/python${minor}` },
  });
  const file = `cpython-${number}+${BUILD}-${TRIPLE}-install_only_stripped.tar.gz`;
  const { files } = lab.server;
  files.set("/python/latest-release.json", JSON.stringify({ version: 1, tag: BUILD, asset_url_prefix: "" }));
  files.set(
    `/python/${BUILD}/SHA256SUMS`,
    `${hashOf(archive)}  ${file}\n${"1".repeat(64)}  cpython-2.7.18+${BUILD}-other.tar.gz\n`,
  );
  files.set(`/python/${BUILD}/${file}`, archive);
  await attest(lab, sigstore, "astral-sh/python-build-standalone", file, archive, claims);
  return {
    request: minor,
    version: `${number}+${BUILD}`,
    archive: `/python/${BUILD}/${file}`,
    proof: attestationPath("astral-sh/python-build-standalone", archive),
    runs: ["python3", ["-c", "import json, sys; print(json.dumps(6 * 7), sys.prefix)"], /^42 .*\/versions\/python\//],
  };
}

export async function mirrorRuby(lab: Lab, sigstore: SigstoreLab): Promise<Mirrored> {
  const ruby = realpathSync("/usr/bin/ruby");
  const number = /ruby (\d+\.\d+\.\d+)/.exec(execFileSync(ruby, ["--version"], { encoding: "utf8" }))?.[1] ?? "";
  const archive = tarGz(lab, { [`ruby-${number}/bin/ruby`]: { from: ruby } });
  const [tag, file] = [`${number}-2`, `ruby-${number}.${X64 ? "x86_64" : "arm64"}_linux.tar.gz`];
  const release = (name: string, assets: readonly object[]) => ({
    tag_name: name,
    draft: false,
    prerelease: false,
    assets,
  });
  const asset = { name: file, size: archive.length, digest: `sha256:${hashOf(archive)}` };
  lab.server.files.set(
    "/github/repos/jdx/ruby/releases",
    JSON.stringify([release(tag, [asset]), release(`${number}-1`, [{ ...asset, digest: null }])]),
  );
  lab.server.files.set(`/ruby/${tag}/${file}`, archive);
  await attest(lab, sigstore, "jdx/ruby", file, archive);
  return {
    request: number,
    version: tag,
    archive: `/ruby/${tag}/${file}`,
    proof: attestationPath("jdx/ruby", archive),
    runs: ["ruby", ["-e", "print 6 * 7"], /^42$/],
  };
}

export function mirrorGo(lab: Lab): Mirrored {
  const root = dirname(dirname(realpathSync("/usr/bin/go")));
  const number = readFileSync(join(root, "VERSION"), "utf8").replace(/^go/, "").trim();
  const archive = tarGz(lab, {
    "go/bin/go": { from: "/usr/bin/go" },
    "go/bin/gofmt": { from: "/usr/bin/gofmt" },
    "go/VERSION": { from: join(root, "VERSION") },
  });
  const arch = X64 ? "amd64" : "arm64";
  const file = `go${number}.linux-${arch}.tar.gz`;
  const entry = {
    filename: file,
    os: "linux",
    arch,
    version: `go${number}`,
    sha256: hashOf(archive),
    size: archive.length,
    kind: "archive",
  };
  const other = { ...entry, filename: `go${number}.windows-amd64.zip`, os: "windows" };
  lab.server.files.set("/go/", JSON.stringify([{ version: `go${number}`, stable: true, files: [other, entry] }]));
  lab.server.files.set(`/go/${file}`, archive);
  lab.server.files.set(`/go/${file}.asc`, detached(lab, archive));
  return {
    request: number.replace(/\.\d+$/, ""),
    version: number,
    archive: `/go/${file}`,
    proof: `/go/${file}.asc`,
    runs: ["go", ["version"], new RegExp(`^go version go${number.replaceAll(".", "\\.")} linux/`)],
  };
}

export function mirrorRust(lab: Lab): Mirrored {
  const number =
    /rustc (\d+\.\d+\.\d+)/.exec(execFileSync("/usr/bin/rustc", ["--version"], { encoding: "utf8" }))?.[1] ?? "";
  const top = `rust-${number}-${TRIPLE}`;
  const folder = treeIn(join(lab.folder, "tree"), {
    [`${top}/components`]: { text: "rustc\ncargo\n" },
    [`${top}/install.sh`]: { text: "#!/bin/sh\nexit 1\n" },
    [`${top}/rustc/bin/rustc`]: { from: "/usr/bin/rustc" },
    [`${top}/rustc/manifest.in`]: { text: "file:bin/rustc\n" },
    [`${top}/rustc/share/doc/rust/COPYRIGHT`]: { text: "MIT OR Apache-2.0\n" },
    [`${top}/cargo/bin/cargo`]: { from: "/usr/bin/cargo" },
    [`${top}/cargo/manifest.in`]: { text: "file:bin/cargo\n" },
    [`${top}/rust-std-${TRIPLE}/lib/rustlib/${TRIPLE}/lib/libstd.rlib`]: { text: "std" },
    [`${top}/rust-docs/share/html/index.html`]: { text: "docs" },
  });
  const archive = execFileSync("xz", ["-1", "-c"], { input: tar(folder), maxBuffer: 1 << 30 });
  const [date, file] = ["2026-11-01", `${top}.tar.xz`];
  const manifest = [
    'manifest-version = "2"',
    `date = "${date}"`,
    "[pkg.rust]",
    `version = "${number} (0123456 ${date})"`,
    "[pkg.rust.target.s390x-unknown-linux-gnu]",
    "available = true",
    `xz_url = "https://static.rust-lang.org/dist/${date}/rust-${number}-s390x-unknown-linux-gnu.tar.xz"`,
    `xz_hash = "${"2".repeat(64)}"`,
    `[pkg.rust.target.${TRIPLE}]`,
    "available = true",
    `xz_url = "https://static.rust-lang.org/dist/${date}/${file}"`,
    `xz_hash = "${hashOf(archive)}"`,
    "",
  ].join("\n");
  const { files } = lab.server;
  for (const name of ["stable", number]) {
    files.set(`/rust/dist/channel-rust-${name}.toml`, manifest);
    files.set(`/rust/dist/channel-rust-${name}.toml.sha256`, `${hashOf(manifest)}  channel-rust-${name}.toml\n`);
    files.set(`/rust/dist/channel-rust-${name}.toml.asc`, detached(lab, manifest));
  }
  files.set("/rust/manifests.txt", `static.rust-lang.org/dist/${date}/channel-rust-${number}.toml\n`);
  files.set(`/rust/dist/${date}/${file}`, archive);
  return {
    request: "stable",
    version: number,
    archive: `/rust/dist/${date}/${file}`,
    proof: `/rust/dist/channel-rust-${number}.toml.asc`,
    runs: ["cargo", ["--version"], /^cargo \d/],
  };
}

/** `home`: of a Java of this machine. */
export function mirrorJava(lab: Lab, home: string): Mirrored {
  const release = readFileSync(join(home, "release"), "utf8");
  const [, major = "", minor = "0", security = "0"] = /JAVA_VERSION="(\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(release) ?? [];
  const version = `${major}.${minor}.${security}+7`;
  const top = `jdk-${version}`;
  const archive = tarGz(lab, {
    [`${top}/bin/java`]: { from: join(home, "bin/java") },
    [`${top}/lib`]: { from: join(home, "lib") },
    [`${top}/conf`]: { from: join(home, "conf") },
    [`${top}/legal/java.base/LICENSE`]: { text: "GPL-2.0-with-classpath-exception\n" },
    [`${top}/legal/java.sql/LICENSE`]: { link: "../java.base/LICENSE" },
  });
  const { files, url } = lab.server;
  const file = `OpenJDK${major}U-jdk_x64_linux_hotspot_${major}.${minor}.${security}_7.tar.gz`;
  const data = {
    major: Number(major),
    minor: Number(minor),
    security: Number(security),
    build: 7,
    semver: `${version}.0.LTS`,
  };
  const link = `${url}/java/binaries/${file}`;
  const item = { checksum: hashOf(archive), link, name: file, signature_link: `${link}.sig`, size: archive.length };
  files.set(
    "/java/v3/info/available_releases",
    JSON.stringify({ available_releases: [8, Number(major)], available_lts_releases: [8, Number(major)] }),
  );
  files.set(
    `/java/v3/assets/feature_releases/${major}/ga`,
    JSON.stringify([{ release_name: top, version_data: data, binaries: [{ os: "linux", package: item }] }]),
  );
  files.set(`/java/binaries/${file}`, archive);
  files.set(`/java/binaries/${file}.sig`, detached(lab, archive, "binary"));
  return {
    request: `temurin-${major}`,
    version,
    archive: `/java/binaries/${file}`,
    proof: `/java/binaries/${file}.sig`,
    runs: ["java", ["-version"], /OpenJDK/],
  };
}

export function mirrorBun(lab: Lab): Mirrored {
  const number = versionOf(BUN());
  const archive = zipOf([["bun-linux-x64/bun", readFileSync(join(dirname(BUN()), "bin/bun"))]], {
    stored: true,
  });
  const assets = ["bun-linux-x64.zip", "bun-linux-x64-baseline.zip", "SHASUMS256.txt.asc"].map((name) => ({
    name,
    size: 1,
  }));
  const { files } = lab.server;
  files.set(
    "/github/repos/oven-sh/bun/releases",
    JSON.stringify([
      { tag_name: "canary", prerelease: true, assets },
      { tag_name: `bun-v${number}`, assets },
    ]),
  );
  const names = ["bun-linux-x64.zip", "bun-linux-x64-baseline.zip"];
  for (const name of names) files.set(`/bun/bun-v${number}/${name}`, archive);
  files.set(
    `/bun/bun-v${number}/SHASUMS256.txt.asc`,
    clearsigned(lab, names.map((name) => `${hashOf(archive)}  ${name}\n`).join("")),
  );
  return {
    request: "latest",
    version: number,
    archive: `/bun/bun-v${number}/bun-linux-x64.zip`,
    proof: `/bun/bun-v${number}/SHASUMS256.txt.asc`,
    runs: ["bun", ["-e", "console.log(6 * 7)"], /^42$/],
  };
}

export function mirrorDeno(lab: Lab): Mirrored {
  const number = versionOf(DENO());
  const archive = zipOf([["deno", readFileSync(join(dirname(DENO()), "deno"))]], { stored: true });
  const path = `/deno/v${number}/deno-${TRIPLE}.zip`;
  lab.server.files.set(
    "/deno/versions.json",
    JSON.stringify({ std: [], cli: [`v${number}`, "v2.0.0-rc.1", "v1.0.0"] }),
  );
  lab.server.files.set(path, archive);
  lab.server.files.set(`${path}.sha256sum`, `${hashOf(archive)}  deno-${TRIPLE}.zip\n`);
  return {
    request: number.replace(/\.\d+$/, ""),
    version: number,
    archive: path,
    proof: `${path}.sha256sum`,
    runs: ["deno", ["eval", "console.log(6 * 7)"], /^42$/],
  };
}

/** npm has them for this processor only. */
const require = createRequire(import.meta.url);
const BUN = () => require.resolve("@oven/bun-linux-x64/package.json");
const DENO = () => require.resolve("@deno/linux-x64-glibc/package.json");

function versionOf(path: string): string {
  return JSON.parse(readFileSync(path, "utf8")).version;
}

function mirrorsConfig({ server: { url } }: Pick<RuntimeLab, "server">): string {
  const keyed = ["go", "rust", "java", "bun"].map((name) => {
    const mirror = name === "rust" ? "rust/dist" : name;
    return `[runtimes.${name}]\nmirror = "${url}/${mirror}"\nkeys = false\n`;
  });
  return [
    `[runtimes]\ngithub = "${url}/github"\n`,
    `[runtimes.python]\nmirror = "${url}/python"\nindex = "${url}/python/latest-release.json"\n`,
    `[runtimes.ruby]\nmirror = "${url}/ruby"\n`,
    `[runtimes.deno]\nmirror = "${url}/deno"\nindex = "${url}/deno/versions.json"\n`,
    ...keyed,
  ].join("");
}
