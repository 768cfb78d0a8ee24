import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { PlanJson } from "../../schema/wire/plan-json.ts";
import { needs } from "../support/needs.ts";
import { createOmgLab, lockOf, type OmgLab, type OmgRun } from "../support/omg-lab.ts";
import { onTerminal } from "../support/on-terminal.ts";
import { expectRefusal, omgPath, words } from "../support/refusal.ts";

const HERE = needs("apt-utils", "gpg", "root");
const GOOD = { "omg-app": "2.0" };
const WANTED = { ...GOOD, "omg-script": "1.0" };

let lab: OmgLab;
const repositoryPolicy = () => join(lab.project, "policy.toml");
const machinePolicy = () => omgPath(lab, "config/policy.toml");

function writePolicy(path: string, text: string): void {
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, `version = 1\n${text}`);
}

const waiver = (rule: string, name: string, expires: string) =>
  `[[waivers]]\nrule = "${rule}"\npackage = "${name}"\nreason = "The audit of May needs it."\nowner = "ops@example.org"\nexpires = ${expires}\n`;

async function isInstalled(name: string): Promise<boolean> {
  return (await lab.apt.installed()).get(name)?.status === "ii";
}

/** The intents of every apply, as the log has them. */
function intents(): readonly Readonly<Record<string, unknown>>[] {
  const lines = readFileSync(omgPath(lab, "data/audit/audit.jsonl"), "utf8").split("\n").filter(Boolean);
  return lines
    .map((line) => JSON.parse(line) as { event: string; data: Readonly<Record<string, unknown>> })
    .filter(({ event }) => event === "apply.intent")
    .map(({ data }) => data);
}

async function verdictOf(): Promise<PlanJson["omg"]["verdict"]> {
  const ran = await lab.omg(["plan", "--json"]);
  return (JSON.parse(ran.stdout) as PlanJson).omg.verdict;
}

async function begin(): Promise<void> {
  lab = await createOmgLab();
  lab.writeLock(lockOf(GOOD));
  await lab.expect(0, "apply", "--yes");
  lab.writeLock(lockOf(WANTED));
}

describe.runIf(HERE)("rules, through the whole of apply", () => {
  beforeAll(begin);
  afterAll(() => lab.dispose());
  afterEach(() => {
    for (const path of [repositoryPolicy(), machinePolicy()]) rmSync(path, { force: true });
    rmSync(omgPath(lab, "state/policy"), { recursive: true, force: true });
    rmSync(omgPath(lab, "state/sightings.json"), { force: true });
    lab.writeLock(lockOf(WANTED));
  });

  /** Refused for exactly these rules, each at its place. */
  async function refused(...rules: readonly (readonly [rule: string, line: number, says: string])[]): Promise<OmgRun> {
    const { violations } = await verdictOf();
    expect(violations.map(({ rule, file, line }) => `${rule} ${file}:${line}`)).toEqual(
      rules.map(([rule, line]) => `${rule} ${repositoryPolicy()}:${line}`),
    );
    const says = rules.flatMap(([rule, line, said]) => [`[${rule}, ${repositoryPolicy()}:${line}]`, said]);
    const ran = await expectRefusal(lab, { exit: 4, says });
    expect(await isInstalled("omg-script")).toBe(false);
    return ran;
  }

  it("a name that is banned", async () => {
    writePolicy(repositoryPolicy(), '[packages]\ndeny = ["omg-scr*"]\n');
    await refused(["packages.deny", 3, "apt.omg-script: omg-script 1.0 from omg: it may not be installed."]);
  });

  it("a name that is not allowed", async () => {
    writePolicy(repositoryPolicy(), '[packages]\nallow = ["omg-app"]\n');
    await refused(["packages.allow", 3, "it is not on the list of what may be installed"]);
  });

  it("all that is broken, at once", async () => {
    const text = '[origins]\nallow = ["debian"]\n[grade]\nminimum = "locked"\n[packages]\ndeny = ["omg-script"]\n';
    writePolicy(repositoryPolicy(), text);
    await refused(
      ["grade.minimum", 5, "is graded verified"],
      ["origins.allow", 3, "its source is not one of: debian"],
      ["packages.deny", 7, "it may not be installed"],
    );
  });

  it("more removals than there may be, and one that may not be", async () => {
    writePolicy(repositoryPolicy(), '[removals]\nmax = 0\ndeny = ["omg-app"]\n');
    lab.writeLock(lockOf({ "omg-app": "absent" }));
    await refused(
      ["removals.max", 3, "would be removed, and 0 may be"],
      ["removals.deny", 4, "The removal of apt.omg-app: it may not be removed"],
    );
  });

  it("what is too young names the minute from which it may come, and comes then", async () => {
    writePolicy(repositoryPolicy(), "[age]\nminimum-days = 7\n");
    const { stderr } = await refused(["age.minimum-days", 3, "7 days is the least"]);
    const [, day, time] = /may be installed from (\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC on/.exec(words(stderr)) ?? [];
    const from = Date.parse(`${day}T${time}Z`);
    expect(from - Date.now()).toBeGreaterThan(6.9 * 86_400_000);
    const path = omgPath(lab, "state/sightings.json");
    const kept = JSON.parse(readFileSync(path, "utf8")) as Record<string, string>;
    const key = Object.keys(kept).find((each) => each.includes(" apt.omg-script 1.0 ")) ?? "";
    const since = Date.parse(kept[key] ?? "");
    expect(from).toBe(Math.ceil((since + 7 * 86_400_000) / 60_000) * 60_000);
    // The archive is signed anew, and the first sighting stays what it was.
    writeFileSync(path, JSON.stringify({ ...kept, [key]: new Date(since - 7 * 86_400_000).toISOString() }));
    expect((await verdictOf()).violations).toEqual([]);
    // Other bytes of the same name and version would be new.
    writeFileSync(
      path,
      JSON.stringify({ [key.slice(0, -1) + (key.endsWith("0") ? "1" : "0")]: "2020-01-01T00:00:00.000Z" }),
    );
    expect((await verdictOf()).violations).toHaveLength(1);
  });

  it("a source that is held to no age", async () => {
    writePolicy(repositoryPolicy(), '[age.sources]\ndebian = 30\n[age.packages]\n"linux-*" = 30\n');
    expect((await verdictOf()).violations).toEqual([]);
  });
});

describe.runIf(HERE)("a source without a signature", () => {
  beforeAll(begin);
  afterAll(() => lab.dispose());

  it("is refused by what is built in and by the rule, each by its name", async () => {
    await lab.apt.publish({ unsigned: true });
    const list = join(lab.apt.root, "etc/apt/sources.list.d");
    for (const name of readdirSync(list)) {
      const text = readFileSync(join(list, name), "utf8");
      writeFileSync(
        join(list, name),
        text.replace(/^Signed-By:.*$/gm, "Trusted: yes").replace(/\[[^\]]*\]/g, "[trusted=yes]"),
      );
    }
    // apt would not let a source that signed once stop doing so.
    rmSync(join(lab.apt.root, "var/lib/apt/lists"), { recursive: true });
    mkdirSync(join(lab.apt.root, "var/lib/apt/lists/partial"), { recursive: true });
    await lab.apt.aptOk("update", "--allow-insecure-repositories");
    writePolicy(repositoryPolicy(), "[signatures]\nrequired = true\n");
    await expectRefusal(lab, {
      exit: 4,
      says: ["[checks, built-in]", `[signatures.required, ${repositoryPolicy()}:3]`, "trusted=yes"],
    });
    writePolicy(
      repositoryPolicy(),
      `[signatures]\nrequired = true\n${waiver("signatures.required", "*", "2999-01-31")}`,
    );
    await expectRefusal(lab, { exit: 4, says: ["[checks, built-in]"] });
    expect(await isInstalled("omg-script")).toBe(false);
  });
});

describe.runIf(HERE && needs("faketime"))("an age that is reached", () => {
  beforeAll(begin);
  afterAll(() => lab.dispose());

  it("lets the version in on the day that was named, though the archive has been signed anew meanwhile", async () => {
    writePolicy(repositoryPolicy(), '[age.packages]\n"omg-script" = 7\n');
    await expectRefusal(lab, { exit: 4, says: [`[age.packages.omg-script, ${repositoryPolicy()}:3]`] });
    const day = 86_400_000;
    await lab.apt.publish({ date: new Date(Date.now() + 6 * day) });
    await lab.apt.aptOk("-o", "Acquire::Max-FutureTime=864000", "update");
    await expectRefusal(lab, { exit: 4, says: ["7 days is the least"], run: { env: later("+6d 23h") } });
    const applied = await lab.omg(["apply", "--yes"], { env: later("+7d 1h") });
    expect(applied.code, applied.stderr).toBe(0);
    expect(await isInstalled("omg-script")).toBe(true);
  });
});

/** A clock that goes as this one, so much later. */
function later(offset: string): Readonly<Record<string, string>> {
  const files = execFileSync("dpkg-query", ["--listfiles", "libfaketime"], { encoding: "utf8" }).split("\n");
  const library = files.find((file) => file.endsWith("/libfaketime.so.1")) ?? "";
  const [days = 0, hours = 0] = offset.split(" ").map((part) => Number.parseInt(part, 10));
  return { LD_PRELOAD: library, FAKETIME: `+${days * 24 + hours}h`, FAKETIME_DONT_FAKE_MONOTONIC: "1" };
}

describe.runIf(HERE)("waivers and warnings, through the whole of apply", () => {
  beforeAll(begin);
  afterAll(() => lab.dispose());
  const DENY = '[packages]\ndeny = ["omg-script"]\n';

  it("one that has expired lifts nothing, and is named", async () => {
    writePolicy(repositoryPolicy(), DENY + waiver("packages.deny", "omg-script", "2026-01-31"));
    await expectRefusal(lab, {
      exit: 4,
      says: [
        `[packages.deny, ${repositoryPolicy()}:3]`,
        `The waiver of ops@example.org (${repositoryPolicy()}:4) ended with 2026-01-31.`,
      ],
    });
  });

  it("one of the repository lifts nothing of the machine's", async () => {
    writePolicy(machinePolicy(), DENY);
    writePolicy(repositoryPolicy(), DENY + waiver("packages.deny", "omg-script", "2999-01-31"));
    await expectRefusal(lab, { exit: 4, says: [`[packages.deny, ${machinePolicy()}:3]`] });
    rmSync(machinePolicy());
    rmSync(repositoryPolicy());
  });

  it("a rule that warns is told of by plan and apply, and refuses nothing", async () => {
    writePolicy(repositoryPolicy(), `mode = "warn"\n${DENY}`);
    const { violations, warnings } = await verdictOf();
    expect(violations).toEqual([]);
    expect(warnings).toMatchObject([
      { address: "apt.omg-script", rule: "packages.deny", file: repositoryPolicy(), line: 4 },
    ]);
    const { stdout } = await lab.expect(0, "apply", "--yes");
    expect(words(stdout)).toContain(
      "Warned by policy ~ apt.omg-script omg-script 1.0 from omg: it may not be installed.",
    );
    expect(await isInstalled("omg-script")).toBe(true);
    expect(intents().at(-1)).toMatchObject({ warnings: [{ address: "apt.omg-script", rule: "packages.deny" }] });
  });

  it("what is waived is installed, shown, and in the log with the waiver", async () => {
    lab.writeLock(lockOf({ ...GOOD }));
    await lab.expect(0, "apply", "--yes");
    rmSync(omgPath(lab, "state/policy"), { recursive: true });
    lab.writeLock(lockOf(WANTED));
    writePolicy(repositoryPolicy(), DENY + waiver("packages.deny", "omg-script", "2999-01-31"));
    const plan = await lab.expect(0, "plan");
    const said = `until 2999-01-31 by ops@example.org (${repositoryPolicy()}:4): The audit of May needs it.`;
    expect(words(plan.stdout)).toContain(`Waived: ${said}`);
    const { stdout } = await lab.expect(0, "apply", "--yes");
    expect(words(stdout)).toContain(said);
    expect(await isInstalled("omg-script")).toBe(true);
    expect(intents().at(-1)).toMatchObject({
      waived: [
        {
          address: "apt.omg-script",
          rule: "packages.deny",
          waiver: { owner: "ops@example.org", expires: "2999-01-31", file: repositoryPolicy(), line: 4 },
        },
      ],
    });
  });
});

describe.runIf(HERE)("a person at the terminal", () => {
  beforeAll(begin);
  afterAll(() => lab.dispose());

  it("is shown in what the policy asks for less, before anything is planned, and decides", async () => {
    lab.writeLock(lockOf(GOOD));
    writePolicy(repositoryPolicy(), '[packages]\ndeny = ["omg-script"]\n');
    await lab.expect(0, "apply", "--yes");
    writePolicy(repositoryPolicy(), "[removals]\nmax = 3\n");
    lab.writeLock(lockOf(WANTED));
    const no = await onTerminal(lab, ["apply"], "n\n", { NO_COLOR: "1" });
    expect(no.code).toBe(4);
    expect(words(no.shown)).toContain('packages.deny ["omg-script"] -> none was in line 3');
    expect(no.shown).toContain("Accept that this policy asks for less? [y/N]");
    expect(await isInstalled("omg-script")).toBe(false);
    const yes = await onTerminal(lab, ["policy", "accept"], "y\n", { NO_COLOR: "1" });
    expect([yes.code, words(yes.shown)]).toEqual([0, expect.stringContaining("Accepted: from now on")]);
    await lab.expect(0, "apply", "--yes");
    expect(await isInstalled("omg-script")).toBe(true);
  });

  it("is asked nothing about a lock of their own", async () => {
    const own = omgPath(lab, "config/user");
    mkdirSync(own, { recursive: true });
    writeFileSync(join(own, "omg.lock"), lockOf({ "omg-g++": "*" }).replace("name: lab", "name: own"));
    writePolicy(join(own, "policy.toml"), '[packages]\ndeny = ["omg-epoch"]\n');
    const ownLock = ["--lock", join(own, "omg.lock")];
    await lab.expect(0, ...ownLock, "apply", "--yes");
    writePolicy(join(own, "policy.toml"), "");
    writeFileSync(
      join(own, "omg.lock"),
      lockOf({ "omg-g++": "*", "omg-epoch": "*" }).replace("name: lab", "name: own"),
    );
    await lab.expect(0, ...ownLock, "apply", "--yes");
    expect(await isInstalled("omg-epoch")).toBe(true);
  });
});

describe.runIf(HERE)("a repository that loosens its policy", () => {
  beforeAll(begin);
  afterAll(() => lab.dispose());
  const EARLIER = () => `${repositoryPolicy()} as last applied`;

  it("does not get it in the run that brings it, nor in a later one", async () => {
    lab.writeLock(lockOf(GOOD));
    writePolicy(repositoryPolicy(), '[packages]\ndeny = ["omg-script"]\n');
    await lab.expect(0, "apply", "--yes");
    writePolicy(repositoryPolicy(), "[packages]\ndeny = []\n");
    // A run that installs nothing may come between.
    await lab.expect(0, "apply", "--yes");
    lab.writeLock(lockOf(WANTED));
    for (const change of ["deny = []", 'deny = ["other"]', 'mode = "warn"\ndeny = ["omg-script"]']) {
      writePolicy(repositoryPolicy(), `[packages]\n${change}\n`);
      await expectRefusal(lab, { exit: 4, says: [`[packages.deny, ${EARLIER()}:3]`, "`omg policy accept`"] });
    }
    writePolicy(repositoryPolicy(), `[packages]\ndeny = ["omg-script"]\n${waiver("packages.deny", "*", "2999-01-01")}`);
    await expectRefusal(lab, { exit: 4, says: [`[packages.deny, ${EARLIER()}:3]`] });
    rmSync(repositoryPolicy());
    await expectRefusal(lab, { exit: 4, says: [`[packages.deny, ${EARLIER()}:3]`] });
  });

  it("nor by calling itself another", async () => {
    lab.writeLock(lockOf(WANTED).replace("name: lab", "name: other"));
    await expectRefusal(lab, { exit: 4, says: [`[packages.deny, ${EARLIER()}:3]`] });
    lab.writeLock(lockOf(WANTED));
  });

  it("plans say so, and a plan that was saved before it was accepted is stale after", async () => {
    lab.writeLock(lockOf({ ...GOOD, "omg-g++": "*" }));
    const { stdout } = await lab.expect(0, "plan", "--out", "held.plan");
    expect(words(stdout)).toContain("asks for less than when it was last applied here (packages.deny)");
    lab.writeLock(lockOf(WANTED));
  });

  it("gets it once it is accepted on this machine, which is logged", async () => {
    writePolicy(repositoryPolicy(), "[packages]\ndeny = []\n");
    await lab.expect(9, "policy", "accept");
    const { stdout } = await lab.expect(0, "policy", "accept", "--yes");
    expect(words(stdout)).toContain(`Accepted: from now on ${repositoryPolicy()} counts here as it is.`);
    expect(words((await lab.expect(0, "policy", "accept")).stdout)).toContain("Nothing to accept");
    const log = readFileSync(omgPath(lab, "data/audit/audit.jsonl"), "utf8").split("\n").filter(Boolean);
    expect(JSON.parse(log.at(-1) ?? "{}")).toMatchObject({
      event: "policy.accepted",
      subject: repositoryPolicy(),
      data: { loosenings: [{ rule: "packages.deny", before: '["omg-script"]', now: "[]" }] },
    });
    lab.writeLock(lockOf({ ...GOOD, "omg-g++": "*" }));
    await lab.expect(7, "apply", "held.plan");
    lab.writeLock(lockOf(WANTED));
    await lab.expect(0, "apply", "--yes");
    expect(await isInstalled("omg-script")).toBe(true);
    await lab.expect(0, "history");
  });

  it("a record of it that is damaged refuses everything", async () => {
    const folder = omgPath(lab, "state/policy");
    expect(existsSync(folder)).toBe(true);
    const path = join(folder, readdirSync(folder)[0] ?? "");
    const text = readFileSync(path, "utf8");
    for (const rubbish of ["", "{}", '{"applied":[]}', text.replace('"path"', '"other"')]) {
      writeFileSync(path, rubbish);
      await expectRefusal(lab, { exit: 1, says: ["does not hold what omg writes there", path] });
    }
    writeFileSync(path, text);
    await lab.expect(0, "apply", "--yes");
  });
});
