import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { upgradableByApt } from "../support/apt-list.ts";
import type { DebSpec } from "../support/deb.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab } from "../support/omg-lab.ts";

const deb = (name: string, fields: DebSpec["fields"] = {}, version = "1.0"): DebSpec => ({ name, version, fields });

/** Between them every way in which one package keeps another one. */
const PACKAGES: readonly DebSpec[] = [
  deb("q-app", {
    Depends: "q-lib (>= 1.0), q-editor, q-req",
    Recommends: "q-rec",
    Suggests: "q-sug",
    "Installed-Size": "700",
  }),
  deb("q-app", { Depends: "q-lib (>= 1.0), q-editor, q-req", Recommends: "q-rec", Suggests: "q-sug" }, "1.1"),
  deb("q-lib", { Depends: "q-base", "Pre-Depends": "q-pre", "Installed-Size": "300" }),
  deb("q-lib", { Depends: "q-base", "Pre-Depends": "q-pre" }, "1.0+new"),
  deb("q-base"),
  deb("q-req", { Priority: "required", Depends: "q-reqlib" }),
  deb("q-reqlib"),
  deb("q-pre"),
  deb("q-eda", { Provides: "q-editor (= 2)" }),
  deb("q-edb", { Provides: "q-editor" }),
  deb("q-rec", { Depends: "q-reclib" }),
  deb("q-reclib"),
  deb("q-sug"),
  deb("q-old", { Depends: "q-oldlib, q-ring" }),
  deb("q-oldlib"),
  deb("q-ring", { Depends: "q-ring2" }),
  deb("q-ring2", { Depends: "q-ring" }),
  deb("q-kept", { Depends: "q-keptlib" }),
  deb("q-keptlib"),
  deb("q-held"),
  deb("q-held", {}, "1.1"),
  deb("q-needs2", { Depends: "q-editor (>= 2)" }),
  deb("q-vital", { Essential: "yes", Depends: "q-vitallib" }),
  deb("q-vitallib"),
  deb("q-alone", { Homepage: "https://alone.example.org/", Suggests: "q-absent" }),
  deb("q-absent"),
  { ...deb("q-sec", {}, "1.0"), suite: "stable" },
  { ...deb("q-sec", {}, "1.0+sec"), suite: "stable-security" },
  { name: "q-multi", version: "1.0", arch: "i386" },
];

const INSTALLED = PACKAGES.filter(({ version, name }) => version === "1.0" && name !== "q-absent").map(
  ({ name, arch }) => (arch === undefined ? `${name}=1.0` : `${name}:${arch}=1.0`),
);
const MANUAL = ["q-app", "q-alone", "q-needs2", "q-sec"];

describe.runIf(needs(...LAB_NEEDS))("questions, beside what the system's own tools answer", () => {
  let lab: OmgLab;

  beforeAll(async () => {
    lab = await createOmgLab({ packages: PACKAGES, foreign: ["i386"] });
    await lab.apt.aptOk("install", "--no-install-recommends", "--allow-downgrades", ...INSTALLED);
    await lab.apt.aptMark("auto", ...INSTALLED.map((word) => word.replace(/=.*/, "")));
    await lab.apt.aptMark("manual", ...MANUAL);
    await lab.apt.aptMark("hold", "q-held");
    lab.writeLock(lockOf({ "q-app": "1.*", "q-absent": "*", "q-alone": "absent" }));
  });
  afterAll(() => lab?.dispose());

  const names = async (...args: readonly string[]) =>
    (await lab.expect(0, ...args, "--names")).stdout.split("\n").filter(Boolean);
  const json = async <T>(...args: readonly string[]) =>
    JSON.parse((await lab.expect(0, ...args, "--json")).stdout) as T;
  const tool = (file: string, ...args: readonly string[]) =>
    execFileSync(file, args, { env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8", ...lab.apt.env }, encoding: "utf8" });
  /** What apt-get says that it would remove. */
  const removed = async (...args: readonly string[]) =>
    [...(await lab.apt.aptOk("-s", ...args)).matchAll(/^(?:Remv|Purg) (\S+)/gm)].map(([, name]) => name ?? "").sort();
  const settings = (text: string) => writeFileSync(join(lab.apt.root, "etc/apt/apt.conf.d/99questions"), text);

  it("explicit lists what apt-mark showmanual lists, and marks the lock's own", async () => {
    expect(await names("explicit")).toEqual((await lab.apt.marks()).manual);
    expect(await names("explicit")).toEqual([...MANUAL].sort());
    const { packages } = await json<{ packages: { name: string; in_lock: boolean }[] }>("explicit");
    expect(packages.filter(({ in_lock }) => in_lock).map(({ name }) => name)).toEqual(["q-app"]);
  });

  const SETTINGS = [
    "",
    'APT::AutoRemove::RecommendsImportant "false";',
    'APT::AutoRemove::SuggestsImportant "false";',
    'APT::AutoRemove::SuggestsImportant "false"; APT::AutoRemove::RecommendsImportant "false";',
    'APT::NeverAutoRemove { "^q-kept$"; "^Q-L.*B$"; };',
  ];

  it.each(SETTINGS)("orphans lists what apt-get autoremove would remove: %s", async (text) => {
    settings(text);
    const expected = await removed("autoremove");
    expect(expected.length).toBeGreaterThan(3);
    expect(await names("orphans")).toEqual(expected);
    await lab.omg(["check"]);
    const { orphans } = await json<{ orphans: number }>("status");
    expect(orphans).toBe(expected.length);
  });

  it.each(SETTINGS)("size says what apt-get autoremove NAME would remove: %s", async (text) => {
    settings(text);
    const orphans = await names("orphans");
    const { packages } = await json<{ packages: SizeRow[] }>("size", "--limit", "100");
    expect(packages.map(({ name }) => name).sort()).toEqual([...(await lab.apt.installed()).keys()].sort());
    for (const { name, also_removed, refused } of packages) {
      if (refused !== undefined) continue;
      const ours = [...new Set([name, ...also_removed, ...orphans])].sort();
      expect(ours, name).toEqual(await removed("--allow-change-held-packages", "autoremove", name));
    }
    expect(
      packages
        .filter(({ refused }) => refused !== undefined)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(["q-vital", "q-vitallib"]);
    expect(packages[0]).toMatchObject({ name: "q-app", size: 700 * 1024 });
  });

  it("outdated lists what apt list --upgradable lists, with what stands in its way", async () => {
    settings("");
    const { packages } = await json<{ packages: OutdatedRow[] }>("outdated");
    expect(packages.map(({ name, candidate }) => `${name} ${candidate}`).sort()).toEqual(upgradableByApt(lab.apt.env));
    const row = (wanted: string) => packages.find(({ name }) => name === wanted);
    expect(row("q-held")).toMatchObject({ held: true, installed: "1.0", candidate: "1.1" });
    expect(row("q-sec")).toMatchObject({ security: true, candidate: "1.0+sec" });
    expect(row("q-lib")).toMatchObject({ security: false, held: false });
    const pin = join(lab.apt.root, "etc/apt/preferences.d/q");
    writeFileSync(pin, "Package: q-lib\nPin: version 1.0\nPin-Priority: 1001\n");
    expect(await names("outdated")).toEqual(upgradableByApt(lab.apt.env).map((line) => line.replace(/ .*/, "")));
    expect(await names("outdated")).not.toContain("q-lib");
    // A record that omg does not follow by itself: apt is asked.
    writeFileSync(pin, "Package: q-held *\nPin: version 1.0\nPin-Priority: 1001\n");
    expect(await names("outdated")).toEqual(upgradableByApt(lab.apt.env).map((line) => line.replace(/ .*/, "")));
    const { packages: held } = await json<{ packages: Info[] }>("info", "q-held");
    expect(held[0]?.candidate).toBe(/Candidate: (\S+)/.exec(tool("apt-cache", "policy", "q-held"))?.[1]);
    rmSync(pin);
  });

  it("info has the fields that apt-cache has", async () => {
    const { packages } = await json<{ packages: Info[] }>("info", "q-alone", "q-app", "q-multi:i386");
    for (const info of packages) {
      const shown = tool("apt-cache", "show", `${info.name}=${info.candidate}`);
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(shown)?.[1];
      expect(info.summary).toBe(field("Description"));
      expect(info.section).toBe(field("Section"));
      expect(info.homepage).toBe(field("Homepage"));
      expect(info.size).toBe(Number(field("Installed-Size")) * 1024);
      expect(info.download).toBe(Number(field("Size")));
      for (const { kind, text } of info.relations) expect(text).toBe(field(kind));
      const policy = tool("apt-cache", "policy", info.name);
      expect(info.installed).toBe(/Installed: (\S+)/.exec(policy)?.[1]);
      expect(info.candidate).toBe(/Candidate: (\S+)/.exec(policy)?.[1]);
      const table = [...policy.matchAll(/^ (?:\*\*\*| {3}) (\S+) (\d+)/gm)].map(([, version]) => version);
      expect(info.versions.map(({ version }) => version)).toEqual(table);
    }
    expect(packages[1]).toMatchObject({ lock: { request: "1.*" }, requested: true });
    expect(packages[1]?.description).toBe("Long text of q-app.");
  });

  it("why names the line of the lock, and the ways that lead to a package", async () => {
    const base = await json<Why>("why", "q-base");
    expect(base).toMatchObject({ installed: "1.0", requested: false, orphan: false });
    expect(base.chains).toEqual([
      [{ name: "q-app", kind: "Depends" }, { name: "q-lib", kind: "Depends" }, { name: "q-base" }],
    ]);
    expect((await json<Why>("why", "q-pre")).chains[0]?.[1]).toEqual({ name: "q-lib", kind: "Pre-Depends" });
    expect((await json<Why>("why", "q-edb")).dependents).toEqual([
      { name: "q-app", kind: "Depends", text: "q-editor" },
    ]);
    const app = await json<Why>("why", "q-app");
    const line =
      readFileSync(join(lab.project, "omg.lock"), "utf8")
        .split("\n")
        .findIndex((text) => text.includes("q-app")) + 1;
    expect(app.lock).toMatchObject({ request: "1.*", at: { file: join(lab.project, "omg.lock"), line } });
    expect((await json<Why>("why", "q-oldlib")).orphan).toBe(true);
  });

  it("why says of what is not here what would bring it", async () => {
    expect(await json<Why>("why", "q-absent")).toMatchObject({
      requested: false,
      lock: { request: "*" },
      candidate: { version: "1.0" },
      wished_by: [{ name: "q-alone", kind: "Suggests" }],
    });
    expect((await lab.expect(0, "why", "q-absent")).stdout).toContain("the next apply brings it");
    expect((await json<Why>("why", "q-editor")).providers).toEqual(["q-eda", "q-edb"]);
    const unknown = await lab.expect(1, "why", "q-absnet");
    expect(unknown.stderr).toContain("Did you mean q-absent?");
    expect((await lab.expect(1, "info", "q-absnet")).stderr).toContain("Did you mean q-absent?");
    const one = await lab.expect(1, "info", "q-app", "q-absnet");
    expect(one.stdout).toMatch(/^q-app · [\s\S]*q-absnet[\s\S]*Did you mean q-absent\?/);
    expect((await lab.expect(1, "size", "q-absent")).stderr).toContain("q-absent is not installed");
  });

  it("search knows every name that apt knows, and marks what is installed", async () => {
    const all = tool("apt-cache", "pkgnames").split("\n").filter(Boolean).sort();
    expect((await names("search", "q-", "--limit", "1000")).map((name) => name.replace(":i386", "")).sort()).toEqual(
      all.filter((name) => name !== "q-editor"),
    );
    const { hits } = await json<{ hits: { name: string; installed?: string; version: string }[] }>(
      "search",
      "test",
      "q-app",
    );
    expect(hits[0]).toMatchObject({ name: "q-app", installed: "1.0", version: "1.1", source: "omg" });
    const cache = lab.env.OMG_CACHE_DIR ?? "";
    expect(readFileSync(join(cache, "apt-names"), "utf8").split("\n")).toContain("q-multi:i386");
    const nothing = await lab.omg(["search", "q-appp"]);
    expect([nothing.code, nothing.stdout]).toEqual([1, 'Nothing fits "q-appp". Did you mean q-app?\n']);
  });

  it("search sees new lists, and what the preferences keep back", async () => {
    await lab.apt.addPackage(deb("q-brandnew"));
    await lab.apt.publish();
    expect((await lab.omg(["search", "q-brandnew"])).code).toBe(1);
    await lab.apt.aptOk("update");
    expect(await names("search", "q-brandnew")).toEqual(["q-brandnew"]);
    const pin = join(lab.apt.root, "etc/apt/preferences.d/q");
    writeFileSync(pin, "Package: q-app\nPin: version 1.1\nPin-Priority: -1\n");
    const { hits } = await json<{ hits: { version: string }[] }>("search", "q-app");
    expect(hits[0]?.version).toBe("1.0");
    rmSync(pin);
  });

  it("asks without a lock, without a cache, and changes nothing", async () => {
    const before = lab.apt.snapshot();
    const elsewhere = join(lab.apt.folder, "elsewhere");
    mkdirSync(elsewhere, { recursive: true });
    // Where nobody can write anything.
    const cache = "/sys/omg";
    for (const args of [
      ["search", "q-app"],
      ["info", "q-app"],
      ["why", "q-app"],
      ["explicit"],
      ["orphans"],
      ["size"],
      ["outdated"],
    ]) {
      const ran = await lab.omg([...args, "--cd", elsewhere], { env: { OMG_CACHE_DIR: cache } });
      expect([ran.code, ran.stderr], args[0]).toEqual([0, ""]);
    }
    expect(existsSync(cache)).toBe(false);
    expect(lab.apt.snapshot()).toBe(before);
  });

  it("is about what is here, whatever the user's config.toml says", async () => {
    const folder = join(lab.env.OMG_CONFIG_DIR ?? "", "user");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "config.toml"), "[wrong");
    for (const args of [["search", "q-app"], ["info", "q-app"], ["explicit"], ["outdated"], ["orphans"]])
      await lab.expect(0, ...args);
    rmSync(folder, { recursive: true });
  });

  it("does not guess about orphans where dpkg's state is broken", async () => {
    const status = join(lab.apt.root, "var/lib/dpkg/status");
    const whole = readFileSync(status, "utf8");
    writeFileSync(status, whole.replace("Depends: q-base", "Depends: q-nowhere"));
    const ran = await lab.omg(["orphans"]);
    writeFileSync(status, whole);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain("apt-get check");
  });
});

interface SizeRow {
  readonly name: string;
  readonly size: number;
  readonly also_removed: readonly string[];
  readonly refused?: string;
}
interface OutdatedRow {
  readonly name: string;
  readonly candidate: string;
}
interface Info {
  readonly name: string;
  readonly candidate: string;
  readonly installed?: string;
  readonly summary: string;
  readonly description?: string;
  readonly section: string;
  readonly homepage?: string;
  readonly size: number;
  readonly download: number;
  readonly relations: readonly { readonly kind: string; readonly text: string }[];
  readonly versions: readonly { readonly version: string }[];
}
interface Why {
  readonly orphan: boolean;
  readonly lock?: object;
  readonly chains: readonly (readonly { readonly name: string; readonly kind?: string }[])[];
  readonly dependents: readonly object[];
  readonly providers: readonly string[];
}
