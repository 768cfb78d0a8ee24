import { join } from "node:path";
import { OmgError } from "../../../schema/error.ts";
import type { Artifact } from "../../../schema/model/artifact.ts";
import type { Operation } from "../../../schema/model/transaction.ts";
import { privateSettings, unsuitable } from "../machine/config-text.ts";
import type { Expectations } from "./expectations.ts";

/** Where the pieces of a one-shot repository lie. */
export interface OneShotPaths {
  readonly repository: string;
  readonly sources: string;
  readonly preferences: string;
}

/** What the hook needs to run: Node, the bundle of `hook.ts`. Absolute paths. */
export interface HookProgram {
  readonly node: string;
  readonly hook: string;
}

/** Fields of an index that say where a package lies and how it is presented; everything else of a stanza is kept. */
const PLACE_FIELDS = /^(filename|size|md5sum|sha1|sha256|sha512|description-md5|phased-update-percentage):/i;

/**
 * A private apt repository with exactly the planned packages in it, for one run: apt's solver, ordering, hooks, history and
 * hash checks, on bytes and versions that omg chose. Every file lies in `workspace`, which only the run's user can write.
 */
export function oneShotFiles(workspace: string, artifacts: readonly Artifact[]): readonly Operation[] {
  const { repository, sources, preferences } = oneShotPaths(workspace);
  // apt decodes this address more than once.
  if (repository.includes("%")) throw unsuitable(repository);
  const uri = `copy:${repository.split("/").map(encodeURIComponent).join("/")}`;
  return [
    file("the packages of this run", join(repository, "Packages"), artifacts.map(stanzaOf).join("\n")),
    ...artifacts.map((artifact) => linkOf(repository, artifact)),
    // A repository made of verified bytes needs no signature of its own; apt still checks each hash in it.
    file("the only source of this run", sources, `deb [trusted=yes] ${uri} ./\n`),
    file("preferences of this run", preferences, 'Package: *\nPin: origin ""\nPin-Priority: 1001\n'),
  ];
}

/** Makes the folders that apt expects to find. */
export function oneShotFolders(workspace: string): Operation {
  const folders = ["repository", "lists/partial", "archives/partial"].map((name) => join(workspace, name));
  return {
    type: "exec",
    label: "folders of this run",
    file: "/bin/mkdir",
    args: ["-p", "--", ...folders],
    env: {},
    show: false,
  };
}

/**
 * A configuration that shows apt nothing but the one-shot repository, and has every run of dpkg compared with the
 * expectations in `<name>.json`. The machine's own dpkg options, hooks, marks and history stay as they are.
 */
export function oneShotConfiguration(
  workspace: string,
  name: string,
  expectations: Expectations,
  program: HookProgram,
): readonly Operation[] {
  const expected = join(workspace, `${name}.json`);
  const conf = configurationOf(workspace, [program.node, program.hook, expected]);
  return [
    file("what dpkg may do", expected, `${JSON.stringify(expectations)}\n`),
    file("configuration of this run", configurationPath(workspace, name), conf),
  ];
}

export function configurationPath(workspace: string, name: string): string {
  return join(workspace, `${name}.conf`);
}

/** The index entry of an artifact, for any repository that keeps it as `SHA256.deb`. */
export function stanzaOf(artifact: Artifact): string {
  return `${relationsOf(artifact)}\nFilename: ./${artifact.sha256}.deb\nSize: ${artifact.size ?? 0}\nSHA256: ${artifact.sha256}\n`;
}

function oneShotPaths(workspace: string): OneShotPaths {
  return {
    repository: join(workspace, "repository"),
    sources: join(workspace, "sources.list"),
    preferences: join(workspace, "preferences"),
  };
}

/** The stanza without the fields that describe another place. */
function relationsOf({ control, name, version, arch }: Artifact): string {
  if (control === undefined) {
    throw new OmgError({
      code: "control-unknown",
      exit: "error",
      message: `The control data of ${name} ${version} (${arch}) is not known, so no repository can list it.`,
    });
  }
  const kept: string[] = [];
  let dropping = false;
  for (const line of control.split("\n")) {
    if (!/^[ \t]/.test(line)) dropping = PLACE_FIELDS.test(line);
    if (!dropping && line.trim() !== "") kept.push(line);
  }
  return kept.join("\n");
}

function linkOf(repository: string, artifact: Artifact): Operation {
  const label = `${artifact.name} ${artifact.version}`;
  return { type: "link", label, path: join(repository, `${artifact.sha256}.deb`), sha256: artifact.sha256 };
}

function configurationOf(workspace: string, hook: readonly string[]): string {
  const { sources, preferences } = oneShotPaths(workspace);
  const settings: readonly (readonly [string, string])[] = [
    ["Dir::Etc::sourcelist", sources],
    ["Dir::Etc::sourceparts", "/dev/null"],
    ["Dir::Etc::preferences", preferences],
    ["Dir::Etc::preferencesparts", "/dev/null"],
    ["Dir::State::lists", join(workspace, "lists")],
    ["Dir::Cache::archives", join(workspace, "archives")],
    ["Dir::Cache::pkgcache", ""],
    ["Dir::Cache::srcpkgcache", ""],
    ["Acquire::IndexTargets::deb::Packages::CompressionTypes", "uncompressed"],
    // Where the machine keeps its lists compressed, apt looks for these under a name that they do not have.
    ["Acquire::IndexTargets::deb::Packages::KeepCompressed", "false"],
    ["Acquire::Languages", "none"],
    // The only files that are read or written here are root's own, in a folder that nobody else can enter.
    ["APT::Sandbox::User", "root"],
    ["APT::Update::Error-Mode", "any"],
    ["APT::Default-Release", ""],
    ["APT::Get::AutomaticRemove", "false"],
    ["APT::Get::Fix-Broken", "false"],
    ["APT::Get::Always-Include-Phased-Updates", "true"],
    ["APT::Get::Purge", "false"],
    ["DPkg::Lock::Timeout", "120"],
    ["DPkg::Use-Pty", "false"],
    ["DPkg::Progress-Fancy", "false"],
    ["DPkg::Options::", "--force-confdef"],
    ["DPkg::Options::", "--force-confold"],
    // apt takes the first word as the name under which the options of a hook are looked up.
    ["DPkg::Pre-Install-Pkgs::", `/usr/bin/env -i ${hook.map(shellQuoted).join(" ")}`],
    ["DPkg::Tools::Options::/usr/bin/env::Version", "3"],
    ["DPkg::Tools::Options::/usr/bin/env::InfoFD", "0"],
  ];
  return privateSettings(settings);
}

function shellQuoted(word: string): string {
  if (word.includes("'")) throw unsuitable(word);
  return `'${word}'`;
}

function file(label: string, path: string, content: string): Operation {
  return { type: "write", label, path, content, mode: 0o644 };
}
