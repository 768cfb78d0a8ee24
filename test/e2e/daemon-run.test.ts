import { appendFileSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { createDaemonLab, type DaemonLab, isInForce, type Said } from "../support/daemon-omg-lab.ts";
import { GIT_NEEDS } from "../support/git-lab.ts";
import { needs } from "../support/needs.ts";
import { connectTo } from "../support/omgd-client.ts";
import { until } from "../support/until.ts";

const HERE = needs(...GIT_NEEDS, ...LAB_NEEDS, "apt-utils");

let lab: DaemonLab;
beforeEach(async () => {
  if (HERE) lab = await createDaemonLab();
});
afterEach(() => lab?.close());

/** Addresses of TCP where a process listens, as the kernel writes them: proc(5). */
function listening(pid: number | undefined): readonly string[] {
  const open = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return "closed meanwhile";
    }
  });
  const tables = ["tcp", "tcp6"].flatMap((name) =>
    readFileSync(`/proc/${pid}/net/${name}`, "utf8").split("\n").slice(1),
  );
  return tables.flatMap((line) => {
    const [, local = "", , state, , , , , , inode] = line.trim().split(/\s+/);
    return state === "0A" && open.includes(`socket:[${inode}]`) ? [local] : [];
  });
}

const DENYING = 'version = 1\n[packages]\ndeny = ["omg-eda"]\n';
const ask = (omgd: { child: { kill(signal: NodeJS.Signals): unknown } }) => omgd.child.kill("SIGHUP");

describe.runIf(HERE)("omgd", () => {
  it("applies what is pushed, puts back what is removed by hand, and ends at SIGTERM", async () => {
    const first = await lab.publish({ "omg-app": "2.0" });
    const omgd = lab.start();
    await omgd.hears(isInForce(first));
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.0" });
    const second = await lab.publish({ "omg-app": "2.1", "omg-script": "1.0" });
    ask(omgd);
    await omgd.hears(isInForce(second));
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.1", "omg-script": "1.0" });
    await lab.machine.apt.dpkg("--remove", "omg-script");
    expect(await lab.installed()).not.toHaveProperty("omg-script");
    await until(async () => (await lab.installed())["omg-script"] === "1.0", 60_000);
    // Somebody's own look does not turn the lock's path under a run of omgd.
    await lab.publish({ "omg-app": "2.1" });
    expect(await lab.follow.json(0, "daemon", "fetch")).toMatchObject({ news: "newer" });
    expect(readlinkSync(lab.follow.place("state", "daemon", "current"))).toBe(`trees/${second}`);
    expect(await omgd.stop()).toBe(143);
    expect(omgd.stderr()).not.toContain("bug");
  });

  it("opens Node's debugger to nobody, and goes on, whatever signal somebody sends it by mistake", async () => {
    lab.configure({ drift: "off", "roll-forward": "off" });
    const omgd = lab.start();
    await omgd.hears(({ about }) => about === "repository");
    omgd.child.kill("SIGUSR1");
    // As long as Node takes to open it, and longer.
    await pause(1000);
    expect(listening(omgd.child.pid)).toEqual([]);
    omgd.child.kill("SIGUSR2");
    const client = await connectTo(lab.follow.place("runtime", "query.sock"));
    expect(await client.ask({ ask: "ping" })).toMatchObject({ answer: { pid: omgd.child.pid } });
    client.close();
    expect([listening(omgd.child.pid), omgd.stderr()]).toEqual([[], ""]);
    expect(await omgd.stop()).toBe(143);
  });

  it("stays where it is when a commit does not count, and says why", async () => {
    const earlier = await lab.publish({ "omg-app": "2.0" });
    const good = lab.follow.repo.commit({ note: "good" }, lab.follow.alice);
    lab.follow.repo.push();
    lab.configure({ repository: lab.follow.repo.url, "max-age": 2 });
    const omgd = lab.start();
    await omgd.hears(isInForce(good));
    const { repo, alice } = lab.follow;
    const steps: readonly (readonly [string, () => unknown])[] = [
      ["commit-unsigned", () => repo.commit({ "omg.lock": "version: 1\nname: lab\napt: { packages: {} }\n" })],
      ["key-unknown", () => repo.commit({ x: "1" }, repo.sshKey("mallory").signer)],
      ["commit-rewound", () => repo.git("reset", "--hard", "--quiet", earlier)],
      // An old commit that is signed anew.
      ["history-rewritten", () => repo.git("reset", "--hard", "--quiet", earlier) || repo.commit({ z: "" }, alice)],
      [
        "history-rewritten",
        () => repo.git("checkout", "--quiet", "--orphan", "other") || repo.commit({ y: "" }, alice),
      ],
    ];
    for (const [code, step] of steps) {
      repo.git("reset", "--hard", "--quiet", good);
      step();
      repo.push("--force");
      const since = omgd.said.length;
      ask(omgd);
      const refusal = () => omgd.said.slice(since).find(({ problem }) => problem?.code === code);
      await until(() => refusal() !== undefined, 60_000);
      expect(refusal()?.text).toContain("brought nothing that counts");
      expect(await lab.installed()).toMatchObject({ "omg-app": "2.0" });
    }
    // The one that counts goes on to be looked after.
    await lab.machine.apt.dpkg("--remove", "omg-app");
    await until(async () => (await lab.installed())["omg-app"] === "2.0", 60_000);
    repo.answerWith(500);
    ask(omgd);
    await omgd.hears(({ problem }) => problem?.code === "repository-unreachable");
    await new Promise((done) => setTimeout(done, 2500));
    ask(omgd);
    await omgd.hears(({ about, text }) => about === "repository" && text.startsWith("stale: "));
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.0" });
  });

  it("removes nothing because of a bad commit, gives up in the end, and goes on with the next good one", async () => {
    const good = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0" });
    lab.configure({ tries: 2 });
    const omgd = lab.start();
    await omgd.hears(isInForce(good));
    const { repo, alice } = lab.follow;
    const lock = lab.machine.readLock();
    const bad: readonly (readonly [string, Readonly<Record<string, string | undefined>>])[] = [
      ["lock-invalid", { "omg.lock": "version: 1\nname: [lab\n" }],
      ["lock-empty", { "omg.lock": "version: 1\nname: lab\napt: { packages: {} }\n" }],
      ["unpinned", { "omg.lock": lock.replace('"omg-app": "2.0"', '"omg-app": "2.0"\n    "omg-eda": "*"') }],
      [
        "unknown-name",
        {
          "omg.lock": lock
            .replaceAll("omg-script", "no-such-thing")
            .replace(/(no-such-thing: \{ version: "1.0", sha256: )\w+/, `$1${"f".repeat(64)}`),
        },
      ],
    ];
    for (const [code, files] of bad) {
      const commit = repo.commit({ "policy.toml": undefined, ...files }, alice);
      repo.push();
      ask(omgd);
      const name = commit.slice(0, 12);
      const { problem } = await omgd.hears(
        (said) => said.about === "newest" && said.text.startsWith(name) && said.problem !== undefined,
      );
      expect(problem?.code).toBe(code);
      expect(await lab.installed()).toMatchObject({ "omg-app": "2.0", "omg-script": "1.0" });
    }
    await omgd.hears(({ text }) => text.includes("is not tried again after 2 tries"));
    const refused = await lab.publish({ "omg-app": "2.0", "omg-eda": "1.0" }, { "policy.toml": DENYING });
    ask(omgd);
    const { problem } = await omgd.hears(
      (said) => said.text.startsWith(refused.slice(0, 12)) && said.problem !== undefined,
    );
    expect(problem?.code).toBe("refused");
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.0", "omg-script": "1.0" });
    const last = await lab.publish({ "omg-app": "2.1" }, { "policy.toml": "version = 1\n" });
    ask(omgd);
    await omgd.hears(isInForce(last));
    expect(await lab.installed()).not.toHaveProperty("omg-script");
  });

  it("reports and applies nothing where it may not: by mode, suspension and rollback", async () => {
    const first = await lab.publish({ "omg-app": "2.0" });
    lab.configure({ "roll-forward": "report", drift: "report" });
    const omgd = lab.start();
    await omgd.hears(
      ({ about, text }) =>
        about === "newest" && /waits, for config\.toml says that roll-forward is "report": \d changes/.test(text),
    );
    expect(await lab.installed()).toEqual({});
    lab.configure({ drift: "report" });
    await omgd.hears(isInForce(first));
    await lab.machine.apt.dpkg("--remove", "omg-app");
    await omgd.hears(
      ({ text }) => text === 'drifted: 1 difference, and stays so: config.toml says that drift is "report"',
    );
    expect(await lab.installed()).not.toHaveProperty("omg-app");

    expect(await lab.follow.json(0, "daemon", "suspend", "--reason", "a migration")).toMatchObject({ suspended: true });
    await omgd.hears(({ about, text }) => about === "suspension" && text.endsWith(": a migration"));
    lab.configure();
    const second = await lab.publish({ "omg-app": "2.0", "omg-eda": "1.0" });
    ask(omgd);
    await omgd.hears(({ about, text }) => about === "newest" && text.startsWith(second.slice(0, 12)));
    await lab.look(omgd);
    expect(await lab.installed()).not.toHaveProperty("omg-eda");
    await lab.follow.json(0, "daemon", "resume");
    await omgd.hears(isInForce(second));
    expect(await lab.installed()).toMatchObject({ "omg-app": "2.0", "omg-eda": "1.0" });

    await lab.follow.json(0, "rollback", "--yes");
    await omgd.hears(({ about, text }) => about === "machine" && text.startsWith("held by a rollback"));
    await lab.look(omgd);
    expect(await lab.installed()).not.toHaveProperty("omg-eda");
    const third = await lab.publish({ "omg-app": "2.0", "omg-eda": "1.0", "omg-script": "1.0" });
    ask(omgd);
    await omgd.hears(isInForce(third));
    expect(await lab.installed()).toMatchObject({ "omg-eda": "1.0", "omg-script": "1.0" });
  });

  it("lets a rollback hold that was asked for beside other bytes, and after a commit that came to a part", async () => {
    const first = await lab.publish({ "omg-app": "2.0" });
    lab.configure({ backoff: 6 });
    const omgd = lab.start();
    await omgd.hears(isInForce(first));
    const second = await lab.publish({ "omg-app": "2.0", "omg-eda": "1.0" });
    ask(omgd);
    await omgd.hears(isInForce(second));
    appendFileSync(join(lab.follow.repo.folder, "omg.lock"), "# not committed\n");
    await lab.follow.json(0, "rollback", "--yes");
    lab.follow.repo.git("checkout", "omg.lock");
    await omgd.hears(({ about, text }) => about === "machine" && text.startsWith("held by a rollback"));
    await lab.look(omgd);
    expect(await lab.installed()).not.toHaveProperty("omg-eda");

    const third = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0", "omg-failpost": "1.0" });
    ask(omgd);
    const about = (said: Said) => said.about === "newest" && said.text.startsWith(third.slice(0, 12));
    await omgd.hears((said) => about(said) && said.text.includes("is tried again at"));
    expect(await lab.installed()).toHaveProperty("omg-script");
    await lab.follow.json(0, "rollback", "system:1", "--yes");
    expect(await lab.installed()).not.toHaveProperty("omg-script");
    const { problem } = await omgd.hears(
      (said) => about(said) && said.text.endsWith("nothing but a newer commit takes its place"),
    );
    expect(problem?.code).toBe("held");
    ask(omgd);
    await lab.look(omgd);
    expect(await lab.installed()).not.toHaveProperty("omg-script");
    const fourth = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0" });
    ask(omgd);
    await omgd.hears(isInForce(fourth));
    expect(await lab.installed()).toHaveProperty("omg-script");
  });

  it("a commit that loosens its policy and uses that waits until somebody here accepts it", async () => {
    const strict = { "policy.toml": DENYING };
    const first = await lab.publish({ "omg-app": "2.0" }, strict);
    const omgd = lab.start();
    await omgd.hears(isInForce(first));
    const second = await lab.publish({ "omg-app": "2.0", "omg-eda": "1.0" }, { "policy.toml": "version = 1\n" });
    ask(omgd);
    const { problem } = await omgd.hears(({ about, problem }) => about === "newest" && problem !== undefined);
    expect(problem?.code).toMatch(/refused/);
    expect(await lab.installed()).not.toHaveProperty("omg-eda");
    await lab.look(omgd);
    await lab.follow.json(0, "policy", "accept", "--yes", "--lock", lab.lock);
    ask(omgd);
    await omgd.hears(isInForce(second));
    expect(await lab.installed()).toMatchObject({ "omg-eda": "1.0" });
  });
});
