import { renameSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { EXIT } from "../../schema/error.ts";
import { LAB_NEEDS } from "../support/apt-lab.ts";
import { createDaemonLab, type DaemonLab, isInForce } from "../support/daemon-omg-lab.ts";
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

const SOCKETS = ["query.sock", "control.sock"] as const;
const remove = (name: (typeof SOCKETS)[number]) => rmSync(lab.follow.place("runtime", name));

/** Who answers at a socket; undefined where nobody does. */
async function whoAnswers(name: string): Promise<number | undefined> {
  const client = await connectTo(lab.follow.place("runtime", name)).catch(() => undefined);
  const { answer } = (await client?.ask({ ask: "ping" })) ?? {};
  client?.close();
  return (answer as { readonly pid: number } | undefined)?.pid;
}

describe.runIf(HERE)("what others find omgd by", () => {
  it("is made anew where somebody removes it, with all that omgd knew", async () => {
    const commit = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0" });
    const omgd = lab.start();
    const { pid } = omgd.child;
    await omgd.hears(isInForce(commit));
    for (const name of SOCKETS) {
      remove(name);
      await until(async () => (await whoAnswers(name)) === pid);
      await omgd.hears(({ text }) => text === `somebody removed ${name}, which is there again`);
    }
    // Not only the first time.
    remove("query.sock");
    await until(async () => (await whoAnswers("query.sock")) === pid);

    // omgd may be about to write there.
    rmSync(lab.follow.place("state", "daemon"), { recursive: true, maxRetries: 10 });
    await omgd.hears(({ text }) => text.endsWith("omgd.lock, which is there again"));
    expect(await lab.follow.json(EXIT.busy, "daemon", "run")).toMatchObject({ error: { code: "busy" } });
    await lab.machine.apt.dpkg("--remove", "omg-script");
    await until(async () => (await lab.installed())["omg-script"] === "1.0", 60_000);
    expect(await omgd.stop()).toBe(143);
  });

  it("is missed where it cannot lie, which is said, and keeps omgd from nothing", async () => {
    const commit = await lab.publish({ "omg-app": "2.0", "omg-script": "1.0" });
    const omgd = lab.start();
    await omgd.hears(isInForce(commit));
    const runtime = lab.follow.place("runtime");
    renameSync(runtime, `${runtime}.aside`);
    writeFileSync(runtime, "");
    await lab.machine.apt.dpkg("--remove", "omg-script");
    await omgd.hears(({ tone, text }) => tone === "bad" && /answers nobody|is not found/.test(text));
    await until(async () => (await lab.installed())["omg-script"] === "1.0", 60_000);
    rmSync(runtime);
    renameSync(`${runtime}.aside`, runtime);
    omgd.child.kill("SIGHUP");
    await until(async () => (await whoAnswers("query.sock")) === omgd.child.pid, 60_000);
    expect(await omgd.stop()).toBe(143);
  });

  it("is another's where another began meanwhile: then the first ends, and leaves it alone", async () => {
    const commit = await lab.publish({ "omg-app": "2.0" });
    const first = lab.start();
    await first.hears(isInForce(commit));
    first.child.kill("SIGSTOP");
    for (const name of SOCKETS) remove(name);
    rmSync(lab.follow.place("state", "daemon", "omgd.lock"));
    const second = lab.start();
    await until(async () => (await whoAnswers("control.sock")) === second.child.pid, 60_000);
    const ended = new Promise((done) => first.child.once("close", done));
    first.child.kill("SIGCONT");
    expect(await ended).toBe(EXIT.busy);
    for (const name of SOCKETS) expect(await whoAnswers(name)).toBe(second.child.pid);
    expect(await second.stop()).toBe(143);
  });
});
