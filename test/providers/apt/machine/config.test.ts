import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CLEAN_ENV } from "../../../../host/run.ts";
import { type AptConfig, parseAptConfig, readAptConfig } from "../../../../providers/apt/machine/config.ts";
import { folderOf, listOf, pathOf, settingOf } from "../../../../providers/apt/machine/configuration-tree.ts";
import { type AptLab, createAptLab } from "../../../support/apt-lab.ts";

let lab: AptLab;
beforeAll(async () => {
  lab = await createAptLab({
    packages: [],
    skipUpdate: true,
    conf: `APT::Install-Recommends "no"; APT::Default-Release "stable"; Acquire::http::Proxy "http://proxy.test:8080/";
Acquire::https::Proxy::mirror.test "DIRECT"; DPkg::Pre-Invoke { "echo a=b 100%"; };
Dir::Cache "/tmp/elsewhere"; Dir::Log "./logs"; Dir::Etc::trusted "/dev/null";`,
  });
});
afterAll(() => lab.dispose());

/** What apt itself makes of the names of files and folders. */
function realPaths(names: readonly string[], env: Readonly<Record<string, string>>): string[] {
  const args = names.flatMap((name, index) => [`V${index}`, name]);
  const text = execFileSync("apt-config", ["shell", ...args], { env: { ...CLEAN_ENV, ...env }, encoding: "utf8" });
  return names.map((_, index) => new RegExp(`^V${index}='(.*)'$`, "m").exec(text)?.[1] ?? "");
}

const NAMES = [
  "Dir::State::status",
  "Dir::State::extended_states",
  "Dir::Cache::archives",
  "Dir::Etc::sourcelist",
  "Dir::Etc::sourceparts",
  "Dir::Etc::trusted",
  "Dir::Etc::trustedparts",
  "Dir::Etc::preferencesparts",
  "Dir::Log",
  "Dir::Log::History",
  "Dir::State::lists",
  "Dir::Bin::dpkg",
  "Dir",
];

describe("apt's configuration", () => {
  test.each(["this machine", "an isolated root"])("paths are those that apt-config gives: %s", async (where) => {
    const env = where === "this machine" ? {} : lab.env;
    const { tree } = await readAptConfig(env);
    expect(NAMES.map((name) => pathOf(tree, name))).toEqual(
      realPaths(
        NAMES.map((name) => `${name}/f`),
        env,
      ),
    );
    expect(NAMES.map((name) => folderOf(tree, name))).toEqual(
      realPaths(
        NAMES.map((name) => `${name}/d`),
        env,
      ),
    );
  });

  test("everything that the isolated root sets", async () => {
    const config = await readAptConfig(lab.env);
    expect(config).toMatchObject({
      architecture: "amd64",
      foreignArchitectures: [],
      recommends: false,
      defaultRelease: "stable",
      dpkgRoot: lab.root,
      proxies: { "Acquire::http::Proxy": "http://proxy.test:8080/", "Acquire::https::Proxy::mirror.test": "DIRECT" },
      paths: {
        admin: `${lab.root}/var/lib/dpkg/`,
        status: `${lab.root}/var/lib/dpkg/status`,
        updates: `${lab.root}/var/lib/dpkg/updates/`,
        archives: "/tmp/elsewhere/archives/",
        trusted: "/dev/null",
      },
    });
    expect(config.env.APT_CONFIG).toBe(lab.aptConf);
    expect(config.dpkgOptions).toContain("--force-confold");
    expect(config.hooks["DPkg::Pre-Invoke"]).toEqual(["echo a=b 100%"]);
  });

  test("names in any case, lists, and values with quotes, newlines and bytes that are not ASCII", () => {
    const dump =
      'A "";\nA::B "x%22%0ay%20%c3%a4";\nL "";\nL:: "1";\nL::named "2";\nL:: "3";\nAPT::Architecture "arm64";\n';
    const { tree, architecture } = parseAptConfig(dump, {});
    expect([settingOf(tree, "a::b"), listOf(tree, "L"), listOf(tree, "none"), architecture]).toEqual([
      'x"\ny ä',
      ["1", "2", "3"],
      [],
      "arm64",
    ]);
  });

  test("a configuration that apt cannot read is an error with its words", async () => {
    const broken = join(lab.folder, "broken.conf");
    writeFileSync(broken, "APT { unfinished");
    const failure = readAptConfig({ APT_CONFIG: broken });
    await expect(failure).rejects.toMatchObject({
      code: "apt-config-failed",
      message: expect.stringContaining("broken.conf"),
    });
  });

  test("the caller's own environment has no say", async () => {
    process.env.APT_CONFIG = lab.aptConf;
    const config: AptConfig = await readAptConfig();
    delete process.env.APT_CONFIG;
    expect(config.paths.status).toBe("/var/lib/dpkg/status");
  });
});
