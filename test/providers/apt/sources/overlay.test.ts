import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readAptConfig } from "../../../../providers/apt/machine/config.ts";
import { openLists } from "../../../../providers/apt/sources/lists.ts";
import { overlaid } from "../../../../providers/apt/sources/overlay.ts";
import { changedSources, type SourceChange } from "../../../../providers/apt/sources/overlay-sources.ts";
import { stanzaText } from "../../../../providers/apt/sources/stanza-text.ts";
import type { Change } from "../../../../schema/model/change.ts";
import type { ResolveOptions } from "../../../../schema/model/provider.ts";
import type { Attributes } from "../../../../schema/model/resource.ts";
import type { Step, Transaction } from "../../../../schema/model/transaction.ts";
import { type AptLab, createAptLab, LAB_NEEDS } from "../../../support/apt-lab.ts";
import { type Bench, createBench } from "../../../support/apt-run.ts";
import type { FaultServer } from "../../../support/fault-server.ts";
import { needs } from "../../../support/needs.ts";

const exec = promisify(execFile);
const NOBODY = 65534;

describe.runIf(needs(...LAB_NEEDS))("other sources than the machine's", () => {
  let lab: AptLab;
  let bench: Bench;
  let server: FaultServer;
  let seen = 0;
  beforeAll(async () => {
    lab = await createAptLab({
      packages: [
        { name: "omg-base", version: "1.0" },
        { name: "omg-third", version: "3.0", suite: "third", fields: { Depends: "omg-base" } },
        { name: "omg-base", version: "1.5", suite: "third" },
      ],
      conf: `APT::Update::Post-Invoke { "touch /tmp/omg-overlay-hook-\${PPID}; exit 1"; };\nAPT::Update::Pre-Invoke { "exit 1"; };`,
      skipUpdate: true,
    });
    server = await lab.serve();
    await exec("rm", [join(lab.root, "etc/apt/sources.list.d/third.sources")]);
    await updateWithoutHooks(lab);
    bench = createBench(lab);
  });
  afterAll(() => lab?.dispose());

  const third = (): Attributes => ({
    types: "deb",
    uris: server.url,
    suites: "third",
    components: "main",
    architectures: "",
    key: join(lab.root, "etc/apt/keyrings/omg.gpg"),
  });
  const adding = (attributes: Attributes): SourceChange => ({ add: { third: stanzaText(attributes) }, remove: [] });
  const overlay = async (change: SourceChange, folder = "overlay") => {
    const machine = await readAptConfig(lab.env);
    return overlaid(machine, changedSources(machine, change), join(lab.folder, folder));
  };
  const keysWith = async (change: SourceChange) => [...(await openLists(await overlay(change))).keys()].sort();
  const asked = async (act: () => Promise<unknown>): Promise<readonly string[]> => {
    seen = server.requests.length;
    await act();
    return server.requests.slice(seen);
  };

  test("are seen in full, and nothing on the machine changes", async () => {
    const before = digestOfTree(lab.root);
    expect(await keysWith({ add: {}, remove: [] })).toEqual(["omg-base"]);
    expect(await keysWith(adding(third()))).toEqual(["omg-base", "omg-third"]);
    expect(digestOfTree(lab.root)).toBe(before);
  });

  test("take what the machine has fetched, and a second look only asks whether it is current", async () => {
    const first = await asked(() => overlay(adding(third()), "again"));
    expect(first.filter((path) => /Packages/.test(path))).toEqual(["/dists/third/main/binary-amd64/Packages.gz"]);
    const second = await asked(() => overlay(adding(third()), "again"));
    expect(second).toEqual(["/dists/third/InRelease"]);
    expect(await asked(() => overlay({ add: {}, remove: [] }, "again"))).toEqual([]);
  });

  test("that the machine never fetched are fetched, too", async () => {
    const lists = join(lab.root, "var/lib/apt/lists");
    for (const name of readdirSync(lists))
      if (name.includes("stable")) renameSync(join(lists, name), join(lab.folder, name));
    expect(await keysWith({ add: {}, remove: [] })).toContain("omg-base");
    await updateWithoutHooks(lab);
  });

  test("need nothing of those that the machine has, as a password that only root knows", async () => {
    server.fail({ match: /dists\/stable/, kind: "missing" });
    expect(await keysWith(adding(third()))).toContain("omg-third");
    server.fail();
  });

  test("follow the machine when it has newer lists", async () => {
    await overlay(adding(third()), "follow");
    await lab.addPackage({ name: "omg-late", version: "1.0" });
    await lab.repo.publish({ suite: "stable" });
    await updateWithoutHooks(lab);
    const again = await asked(() => overlay(adding(third()), "follow"));
    expect(again.filter((path) => /Packages/.test(path))).toEqual([]);
    expect([...(await openLists(await overlay(adding(third()), "follow"))).keys()].sort()).toContain("omg-late");
  });

  test("can be fewer", async () => {
    const file = join(lab.root, "etc/apt/sources.list.d/omg-gone.sources");
    writeFileSync(file, stanzaText(third()));
    expect(await keysWith({ add: {}, remove: [] })).toContain("omg-third");
    expect(await keysWith({ add: {}, remove: ["gone"] })).not.toContain("omg-third");
    await exec("rm", [file]);
  });

  test("that cannot be reached are named, with what to do", async () => {
    const before = digestOfTree(lab.root);
    await expect(overlay(adding({ ...third(), uris: `${server.url}/nowhere` }))).rejects.toMatchObject({
      code: "sources-unreachable",
      exit: "unreachable",
      details: expect.arrayContaining([expect.stringContaining(`${server.url}/nowhere`)]),
      hint: expect.stringContaining("address"),
    });
    expect(digestOfTree(lab.root)).toBe(before);
  });

  test("that are not what they were, and signed no more, are an error, though what was fetched before is there", async () => {
    await overlay(adding(third()), "tampered");
    const release = join(lab.repo.path, "dists/third/InRelease");
    const text = readFileSync(release, "utf8");
    writeFileSync(release, text.replace("Suite: third", "Suite: thirD"));
    await expect(overlay(adding(third()), "tampered")).rejects.toMatchObject({
      code: "sources-unreachable",
      details: expect.arrayContaining([expect.stringContaining(server.url)]),
    });
    writeFileSync(release, text);
  });

  test("that the keys do not vouch for are refused", async () => {
    const key = join(lab.folder, "empty.gpg");
    writeFileSync(key, "");
    await expect(overlay(adding({ ...third(), key }))).rejects.toMatchObject({ code: "sources-unreachable" });
  });

  test("are taken away when nobody used them for long", async () => {
    const parent = join(lab.folder, "stale");
    await overlay(adding(third()), "stale");
    const [old = ""] = readdirSync(parent);
    const long = new Date(Date.now() - 15 * 24 * 3600 * 1000);
    for (const path of [join(parent, old, "lock"), join(parent, old)]) utimesSync(path, long, long);
    await overlay({ add: {}, remove: [] }, "stale");
    expect(readdirSync(parent)).not.toContain(old);
    const [kept] = readdirSync(parent);
    await overlay(adding(third()), "stale");
    expect(readdirSync(parent)).toContain(kept);
  });

  test("are not kept where others could write", async () => {
    mkdirSync(join(lab.folder, "loose"));
    chmodSync(join(lab.folder, "loose"), 0o777);
    await expect(overlay(adding(third()), "loose")).rejects.toMatchObject({ code: "overlay-unsafe" });
  });

  test("a plan whose earlier part adds a source installs from it", async () => {
    const upcoming = [sourcesTransaction("third", third())];
    const transaction = await resolve(bench, "omg-third", { upcoming });
    expect(transaction.problems).toEqual([]);
    expect(transaction.steps.map(({ name, after }) => `${name} ${after?.version}`).sort()).toEqual([
      "omg-base 1.5",
      "omg-third 3.0",
    ]);
    expect(transaction.artifacts[0]?.urls[0]).toContain(server.url);
    const [folder = ""] = readdirSync(join(lab.folder, "cache/apt-overlay"));
    expect(readdirSync(join(lab.folder, "cache/apt-overlay", folder))).toContain("answers");
    expect((await resolve(bench, "omg-third", {})).problems).toMatchObject([{ code: "unknown-name" }]);
  });

  test("whoever is not root can look at them, too", async () => {
    const home = join(lab.folder, "nobody");
    mkdirSync(home);
    chownSync(home, NOBODY, NOBODY);
    chmodSync(lab.folder, 0o755);
    const first = await asNobody(lab, adding(third()), home);
    expect(first).toEqual(["omg-base", "omg-late", "omg-third"]);
    const again = await asked(async () => expect(await asNobody(lab, adding(third()), home)).toEqual(first));
    expect(again.filter((path) => /Packages/.test(path))).toEqual([]);
  });

  test("a source file that cannot be read is an error, and not a source less", async () => {
    const file = join(lab.root, "etc/apt/sources.list.d/secret.sources");
    writeFileSync(file, stanzaText(third()), { mode: 0o600 });
    const failing = asNobody(lab, { add: {}, remove: [] }, join(lab.folder, "nobody"));
    await expect(failing).rejects.toMatchObject({
      stderr: expect.stringMatching(/apt-sources-unreadable.*secret\.sources/),
    });
    await exec("rm", [file]);
  });
});

async function updateWithoutHooks(lab: AptLab): Promise<void> {
  const conf = join(lab.folder, "without-hooks.conf");
  writeFileSync(conf, "#clear APT::Update;\n");
  await lab.aptOk("-c", conf, "update");
}

function sourcesTransaction(name: string, after: Attributes): Transaction {
  const step: Step = {
    address: `sources.${name}`,
    provider: "sources",
    name,
    kind: "install",
    cause: "lock",
    before: null,
    after,
    undo: { possible: true },
  };
  return { provider: "sources", steps: [step], artifacts: [], problems: [], notes: [] };
}

async function resolve(bench: Bench, name: string, more: Partial<ResolveOptions>): Promise<Transaction> {
  const change: Change = {
    address: `apt.${name}`,
    provider: "apt",
    name,
    kind: "install",
    cause: "lock",
    before: null,
    after: {},
    request: "*",
  };
  const records = { artifact: () => undefined, stored: () => false };
  const options = { allowDowngrades: false, ownHolds: new Set<string>(), records, ...more };
  return bench.provider.resolve([change], await bench.provider.observe(), options);
}

/** Names, sizes, times and contents of everything below a folder. */
function digestOfTree(folder: string): string {
  const digest = createHash("sha256");
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    digest.update(`${path}\0${entry.isFile() ? readFileSync(path, "latin1") : ""}\0`);
  }
  return digest.digest("hex");
}

/** Keys of what an overlay offers to a user without any right. */
async function asNobody(lab: AptLab, change: SourceChange, home: string): Promise<readonly string[]> {
  const script = join(lab.folder, "as-nobody.mjs");
  if (!existsSync(script)) {
    const folder = join(import.meta.dirname, "../../../../providers/apt");
    const contents = `
      import { readAptConfig } from "${folder}/machine/config.ts";
      import { openLists } from "${folder}/sources/lists.ts";
      import { overlaid } from "${folder}/sources/overlay.ts";
      import { changedSources } from "${folder}/sources/overlay-sources.ts";
      const [conf, change, home] = process.argv.slice(2);
      const machine = await readAptConfig({ APT_CONFIG: conf });
      try {
        const config = await overlaid(machine, changedSources(machine, JSON.parse(change)), home + "/overlay");
        console.log(JSON.stringify([...(await openLists(config)).keys()].sort()));
      } catch (error) {
        console.error(error.code, error.message, error.details);
        process.exit(1);
      }`;
    buildSync({
      stdin: { contents, resolveDir: folder },
      outfile: script,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
    });
  }
  const person = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  const { stdout } = await exec(
    "setpriv",
    [...person, process.execPath, script, lab.aptConf, JSON.stringify(change), home],
    { cwd: "/" },
  );
  return JSON.parse(stdout);
}
