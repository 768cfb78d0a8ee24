import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { serveFolder } from "./fault-server.ts";

const CLEAN = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };

/** A suite of a repository that exists as lists alone: enough for every question of which version apt prefers. */
interface SuiteSpec {
  readonly name: string;
  readonly release: Readonly<Record<string, string>>;
  readonly component: string;
  /** `name version [source]` of amd64 and of i386. */
  readonly packages: Readonly<Record<"amd64" | "i386", readonly string[]>>;
  readonly http: boolean;
}

const SUITES: readonly SuiteSpec[] = [
  {
    name: "stable",
    release: { Origin: "Alpha", Label: "Alpha", Codename: "one", Version: "12" },
    component: "main",
    packages: { amd64: ["a 1.0", "b 1.0", "c 1:2.0 csrc", "d 1.0", "both 1.0", "down 1.0"], i386: ["both 1.0"] },
    http: false,
  },
  {
    name: "updates",
    release: { Origin: "Alpha", Label: "Alpha-Updates", Codename: "one-updates", Version: "12-updates" },
    component: "main",
    packages: { amd64: ["a 1.1", "b 1.0", "both 1.1"], i386: ["both 1.1"] },
    http: false,
  },
  {
    name: "backports",
    release: {
      Origin: "Alpha",
      Label: "Alpha",
      Codename: "one-backports",
      NotAutomatic: "yes",
      ButAutomaticUpgrades: "yes",
    },
    component: "main",
    packages: { amd64: ["a 2.0~bpo1", "b 2.0~bpo1", "onlybp 1.0"], i386: [] },
    http: true,
  },
  {
    name: "experimental",
    release: { Origin: "Alpha", Label: "Alpha", Codename: "rc", NotAutomatic: "yes" },
    component: "main",
    packages: { amd64: ["a 3.0", "c 1:3.0 csrc", "onlyexp 0.1", "d 1.0"], i386: ["both 3.0"] },
    http: false,
  },
  {
    name: "other",
    release: { Origin: "Beta", Label: "Beta Stuff", Codename: "x" },
    component: "contrib",
    packages: { amd64: ["a 1.0", "b 1.5 csrc", "c 1:2.0 csrc", "extra 1.0-1"], i386: ["extra 1.0-2"] },
    http: true,
  },
];

const INSTALLED = ["a 1.1", "b 2.0~bpo1", "d 0.9", "both 1.0", "both 1.0 i386", "down 2.0", "gone 5.0", "residual 1.0"];

/** Every package of the lab by its key. */
export const POLICY_KEYS = [
  "a",
  "b",
  "c",
  "d",
  "both",
  "both:i386",
  "down",
  "onlybp",
  "onlyexp",
  "extra",
  "extra:i386",
  "gone",
];

export interface PolicyLab {
  readonly env: { readonly APT_CONFIG: string };
  readonly root: string;
  /** Host that the sources fetched over http have. */
  readonly host: string;
  /** Writes `preferences.d/test`. */
  prefer(text: string): void;
  /** The candidate of every key by the real apt-cache, empty for none; with further options of it. */
  candidates(...options: readonly string[]): ReadonlyMap<string, string>;
  dispose(): void;
}

/** Lists, a status file and a configuration; `apt-get update` has run. */
export async function createPolicyLab(conf = ""): Promise<PolicyLab> {
  const folder = mkdtempSync(join(tmpdir(), "omg-policy-"));
  const root = join(folder, "root");
  const repo = join(folder, "repo");
  for (const part of [
    "etc/apt/preferences.d",
    "etc/apt/sources.list.d",
    "var/lib/apt/lists/partial",
    "var/lib/dpkg/updates",
    "var/cache/apt/archives/partial",
  ])
    mkdirSync(join(root, part), { recursive: true });
  for (const suite of SUITES) writeSuite(repo, suite);
  writeFileSync(join(root, "var/lib/dpkg/status"), INSTALLED.map(statusOf).join("\n"));
  const server = await serveFolder(repo);
  const lines = SUITES.map(
    ({ name, component, http }) => `deb [trusted=yes] ${http ? server.url : `file:${repo}`} ${name} ${component}\n`,
  );
  writeFileSync(join(root, "etc/apt/sources.list"), lines.join(""));
  const aptConf = join(folder, "apt.conf");
  writeFileSync(aptConf, `${confOf(root)}${conf}\n`);
  const env = { APT_CONFIG: aptConf };
  const call = (file: string, ...args: string[]) =>
    execFileSync(file, args, { env: { ...CLEAN, ...env }, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  // The server lives in this process: it answers only while nothing blocks.
  await promisify(execFile)("apt-get", ["update"], { env: { ...CLEAN, ...env } });
  await server.close();
  return {
    env,
    root,
    host: new URL(server.url).hostname,
    prefer: (text) => writeFileSync(join(root, "etc/apt/preferences.d/test"), text),
    candidates: (...options) => parsePolicy(call("apt-cache", ...options, "policy", ...POLICY_KEYS)),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function writeSuite(repo: string, { name, release, component, packages }: SuiteSpec): void {
  for (const [arch, specs] of Object.entries(packages)) {
    const folder = join(repo, "dists", name, component, `binary-${arch}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "Packages"), specs.map((spec) => indexStanza(spec, arch)).join("\n"));
  }
  const fields = { Suite: name, ...release, Components: component, Architectures: "amd64 i386" };
  const text = Object.entries(fields).map(([field, value]) => `${field}: ${value}\n`);
  writeFileSync(join(repo, "dists", name, "Release"), `${text.join("")}Date: Thu, 01 Jan 2026 00:00:00 UTC\n`);
}

function indexStanza(spec: string, arch: string): string {
  const [name, version, source] = spec.split(" ");
  const origin = source === undefined ? "" : `Source: ${source}\n`;
  return `Package: ${name}\n${origin}Version: ${version}\nArchitecture: ${arch}\nMulti-Arch: same\nFilename: pool/${name}_${version}_${arch}.deb\nSize: 10\nSHA256: ${"0".repeat(64)}\nDescription: ${name}\n`;
}

function statusOf(spec: string): string {
  const [name, version, arch = "amd64"] = spec.split(" ");
  const status = name === "residual" ? "deinstall ok config-files" : "install ok installed";
  return `Package: ${name}\nStatus: ${status}\nMaintainer: x\nArchitecture: ${arch}\nMulti-Arch: same\nVersion: ${version}\nDescription: ${name}\n`;
}

function confOf(root: string): string {
  return `APT::Architecture "amd64"; APT::Architectures { "amd64"; "i386"; };
Dir "${root}/"; Dir::State::status "${root}/var/lib/dpkg/status";
Dir::Bin::methods "/usr/lib/apt/methods"; Dir::Bin::dpkg "/usr/bin/dpkg"; Dir::Bin::apt-key "/usr/bin/apt-key";
APT::Sandbox::User "root"; Acquire::Languages "none"; Acquire::AllowInsecureRepositories "true"; Acquire::Check-Valid-Until "false";
`;
}

function parsePolicy(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let key = "";
  for (const line of text.split("\n")) {
    if (/^\S+:$/.test(line)) key = line.slice(0, -1);
    const candidate = /^ {2}Candidate: (.+)$/.exec(line)?.[1];
    if (candidate !== undefined) found.set(key, candidate === "(none)" ? "" : candidate);
  }
  return found;
}
